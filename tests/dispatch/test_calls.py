"""Methods of controllers over HTTP: what they take and what they answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = "/examples/probe/Open"
TEXT = "text/plain; charset=utf-8"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


GETS: list[tuple[str, int, str | None, bytes]] = [
        ("hello", 200, TEXT, b"hello world!!."),
        ("hello_async", 200, TEXT, b"hello world!!."),
        ("add?a=2&b=3", 200, "application/json", b"5"),
        ("add?a=2", 200, "application/json", b"2"),
        ("flags?on=on&tags=a&tags=b&limit=", 200, "application/json",
         b'{"on":true,"tags":["a","b"],"limit":null}'),
        ("any_name?x=1&y=2", 200, "application/json", b'{"x":1,"y":2}'),
        ("page", 200, "text/html; charset=utf-8", b"<h1>Hello</h1>"),
        ("script?text=<script>", 200, TEXT, b"<script>"),
        ("who", 200, TEXT, b"nobody"),
        ("address", 200, TEXT, b"/examples/probe/Open/address"),
        ("teapot", 418, TEXT, b"short and stout"),
        ("nothing", 204, None, b""),
        ("dump?a=1&a=2&b=3", 200, "application/json",
         b'{"get":{"a":"1","b":"3"},"post":{},"a":"1","b":"3","urlpath":"examples/probe/Open/dump"}'),
]  # fmt: skip


def test_what_a_get_answers(client: Client, subtests: pytest.Subtests) -> None:
    for path, *wanted in GETS:
        with subtests.test(path):
            response = client.get(f"{OPEN}/{path}")
            told = [response.status_code, response.headers.get("Content-Type"), body(response)]
            assert told == wanted


REFUSED_GETS: list[tuple[str, int, str, str | None]] = [
    ("add", 400, "bad_parameter", "a"),
    ("add?a=x", 400, "bad_parameter", "a"),
    ("add?a=1&a=2", 400, "bad_parameter", "a"),
    ("add?a[]=1", 400, "bad_parameter", "a[]"),
    ("add?a=1&c=2", 400, "bad_parameter", "c"),
    (f"add?a={'9' * 5000}", 400, "bad_parameter", "a"),
    ("any_name?x=one", 400, "bad_parameter", "x"),
    ("dump?get=1", 400, "bad_parameter", "get"),
    ("dump?urlpath=1", 400, "bad_parameter", "urlpath"),
    ("order", 405, "method_not_allowed", None),
    ("me", 401, "login_wanted", None),
    ("raises?kind=public", 422, "closed", None),
    ("raises", 500, "call_failed", None),
    ("slow", 504, "timed_out", None),
]


def test_what_a_get_refuses(client: Client, subtests: pytest.Subtests) -> None:
    for path, *wanted in REFUSED_GETS:
        with subtests.test(path):
            response = client.get(f"{OPEN}/{path}", headers={"accept": "application/json"})
            told = response.json()
            assert [response.status_code, told["error"], told.get("field")] == wanted
            assert "the secret" not in response.content.decode()


def test_the_words_are_text_for_people(client: Client) -> None:
    response = client.get(f"{OPEN}/add?a=x", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["Content-Type"]) == (400, TEXT)
    assert response.content == b"a: Expected `int`, got `str`.\n"


NOWHERE = [
        f"{OPEN}/_secret", f"{OPEN}/hidden", f"{OPEN}/__init__", f"{OPEN}/__class__", f"{OPEN}/start",
        f"{OPEN}/render", f"{OPEN}/request", f"{OPEN}/hello/", f"{OPEN}/", "/examples/probe",
        "/os/getcwd/format",
        "/examples/../examples/probe/Open/hello", "/examples//probe/Open/hello",
        "/examples/probe/Open/hello%00",
        "/examples/probe/open/hello", "/examples/probe/Article/count", "/examples/probe/Controller/start",
]  # fmt: skip


def test_what_is_not_registered_is_not_there(client: Client, subtests: pytest.Subtests) -> None:
    for path in NOWHERE:
        with subtests.test(path):
            assert client.get(path).status_code == 404


def test_posts(client: Client) -> None:
    assert client.post(f"{OPEN}/add", {"a": "1", "b": "2"}).json() == 3
    assert client.post(f"{OPEN}/add?a=1", {"b": "2"}).json() == 3
    as_json: Any = {"content_type": "application/json"}
    assert client.post(f"{OPEN}/order", {"article": {"name": "tea"}}, **as_json).json() == {
        "name": "tea",
        "count": 2,
    }
    assert client.post(f"{OPEN}/add", {"a": "1"}, **as_json).status_code == 400
    assert client.post(f"{OPEN}/add", "{", **as_json).status_code == 400
    assert client.post(f"{OPEN}/add", "[1]", **as_json).status_code == 400
    assert client.post(f"{OPEN}/add?a=1", {"a": 1}, **as_json).status_code == 400


def test_the_params_of_posts(client: Client) -> None:
    path = "examples/probe/Open/dump"
    sent = client.post(f"/{path}?a=url&q=2", {"x": "1", "a": "post"})
    assert sent.json() == {
        "get": {"a": "url", "q": "2"}, "post": {"x": "1", "a": "post"},
        "x": "1", "a": "post", "urlpath": path,
    }  # fmt: skip
    sent = client.post(f"/{path}?q=2", {"k": [1, 2]}, content_type="application/json")
    assert sent.json() == {"get": {"q": "2"}, "post": {}, "urlpath": path, "data": {"k": [1, 2]}}
    sent = client.post(f"/{path}", {}, content_type="application/json")
    assert sent.json() == {"get": {}, "post": {}, "urlpath": path}


def test_files(client: Client) -> None:
    photo = SimpleUploadedFile("a.png", b"12345")
    told = client.post(f"{OPEN}/upload", {"title": "x", "photo": photo}).json()
    assert told == {"title": "x", "name": "a.png", "size": 5, "more": 0}
    as_json = {"accept": "application/json"}
    missing = client.post(f"{OPEN}/upload", {"title": "x"}, headers=as_json)
    assert (missing.status_code, missing.json()["field"]) == (400, "photo")
    wrong = client.post(f"{OPEN}/add", {"a": SimpleUploadedFile("a", b"1")}, headers=as_json)
    assert (wrong.status_code, wrong.json()["field"]) == (400, "a")


@pytest.mark.parametrize("path", ["letters", "letters_async"])
async def test_generators_are_streamed(async_client: Any, path: str) -> None:
    response = await async_client.get(f"{OPEN}/{path}")
    assert [piece async for piece in response] == [b"a", b"b", b"c"]
    assert response.headers["Content-Type"] == TEXT


async def test_lines_of_json(async_client: Any) -> None:
    response = await async_client.get(f"{OPEN}/lines")
    assert [json.loads(piece) async for piece in response] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert response.headers["Content-Type"] == "application/x-ndjson"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("no_texts", TEXT), ("no_objects", "application/x-ndjson"), ("no_numbers", "application/x-ndjson"),
        ("no_bytes", "application/octet-stream"), ("no_annotation", TEXT),
    ],
)  # fmt: skip
async def test_of_no_pieces_the_annotation_says_the_kind(async_client: Any, path: str, kind: str) -> None:
    response = await async_client.get(f"/examples/odd/Odd/{path}")
    assert [piece async for piece in response] == []
    assert (response.status_code, response.headers["Content-Type"]) == (200, kind)


def test_rights(client: Client) -> None:
    closed = "/examples/probe/Closed"
    assert client.get(f"{closed}/hello").status_code == 401
    user = User.objects.create_user("ann")
    client.force_login(user)
    assert client.get(f"{closed}/hello").content == b"hello"
    assert client.get(f"{OPEN}/me").content == b"ann"
    assert client.post(f"{closed}/change").status_code == 403
    User.objects.update(is_staff=True)
    assert client.post(f"{closed}/change").content == b"changed"


def test_a_forged_request_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"{OPEN}/add", {"a": "1"}).status_code == 200
    assert (
        client.post(f"{OPEN}/add", {"a": "1"}, headers={"origin": "http://evil.example"}).status_code == 403
    )
    client.force_login(User.objects.create_user("ann", is_staff=True))
    assert client.post("/examples/probe/Closed/change").status_code == 403


def test_the_token_of_a_form_is_no_parameter() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    client.cookies["csrftoken"] = token = "t" * 32
    form = {"a": "1", "csrfmiddlewaretoken": token}
    assert client.post(f"{OPEN}/add", form).content == b"1"
    assert client.post(f"{OPEN}/dump", form).json()["post"] == {"a": "1"}
    assert client.post(f"{OPEN}/any_name", form).json() == {"a": 1}
    assert client.post(f"{OPEN}/add", form | {"csrfmiddlewaretoken": "x" * 32}).status_code == 403


def test_limits_and_other_sites(client: Client) -> None:
    assert [client.get(f"{OPEN}/seldom").status_code for _ in range(3)] == [200, 200, 429]
    shared = client.get(f"{OPEN}/shared", headers={"origin": "https://a.example"})
    assert shared.headers["Access-Control-Allow-Origin"] == "https://a.example"
    other = client.get(f"{OPEN}/shared", headers={"origin": "https://b.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    asked = client.options(f"{OPEN}/shared", headers={"origin": "https://a.example"})
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST"


@pytest.mark.parametrize("text", ["a\0b", "a" * 2_000_000])
def test_what_no_row_can_keep_is_no_task(client: Client, text: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
    trigger = "/celeryexample/asynclibrary/asyncclass/triggerfunction"
    told = client.post(trigger, {"a": text}, headers={"accept": "application/json"})
    assert (told.status_code, told.json()["error"]) == (400, "bad_parameter")
