"""What has worked against servers that run code by URL, and what might work against this one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)

ODD = "/examples/odd/Odd"
OPEN = "/examples/probe/Open"
AS_JSON: Any = {"accept": "application/json"}


NO_METHODS = [
    "examples/odd/Odd/mixed", "examples/odd/Odd/value", "examples/odd/Odd/imported", "examples/odd/Odd/given",
    "examples/odd/Odd/by_lambda", "examples/odd/Odd/Inner/hello", "examples/odd/Odd/Inner",
    "examples/odd/Odd/static", "examples/odd/Odd/of_class", "examples/odd/Odd/gauge",
    "examples/odd/Odd/inherited", "examples/odd/Inner/hello", "examples/odd/Mixin/mixed",
    "examples/odd/_Hidden/hello", "examples/odd/of_the_module", "examples/odd/os/getcwd",
    "examples/odd/getcwd/__call__", "examples/odd/User/delete", "examples/odd/Controller/redirect",
    "examples/odd/ShopClosed/code", "examples/odd/Path/unlink",
]  # fmt: skip


def test_only_functions_of_the_classs_body_are_methods(client: Client) -> None:
    for path in NO_METHODS:
        for answer in (client.get(f"/{path}"), client.post(f"/{path}")):
            assert (path, answer.status_code) == (path, 404)
            assert b"reached" not in answer.content


def test_an_inherited_method_is_that_of_its_own_class(client: Client) -> None:
    assert client.get("/examples/odd/Base/inherited").content == b"base"


def test_a_name_too_many_is_told(client: Client) -> None:
    for names in ("a=1&a=2", "a[]=1", "a=1&self=2", "a=1&request=2", "a=1&b=2&__class__=3"):
        answer = client.get(f"{OPEN}/add?{names}", headers=AS_JSON)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_parameter")
        assert answer.json()["field"]


def test_json_of_another_type_is_told(client: Client) -> None:
    for body in ('{"a": [1]}', '{"a": {}}', '{"a": null}', '{"a": 1.5}', '{"a": true}', "[" * 100_000):
        answer = client.post(f"{OPEN}/add", body, content_type="application/json", headers=AS_JSON)
        assert (answer.status_code, answer.json()["error"]) in ((400, "bad_parameter"), (400, "bad_json"))


def test_a_form_of_another_charset_is_told(client: Client) -> None:
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    answer = client.post(f"{OPEN}/add", b"a=1", content_type=kind, headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_body")


def test_a_file_in_place_of_a_text_is_told(client: Client) -> None:
    sent = {"title": SimpleUploadedFile("a", b"1"), "photo": SimpleUploadedFile("b", b"2")}
    answer = client.post(f"{OPEN}/upload", sent, headers=AS_JSON)
    assert (answer.status_code, answer.json()["field"]) == (400, "title")


def test_a_user_cannot_be_named_by_the_caller(client: Client) -> None:
    boss = User.objects.create_superuser("boss")
    for field in ("user", "request.user", "_request"):
        assert client.get(f"{OPEN}/who", {field: boss.pk}).status_code == 400
    assert client.get(f"{OPEN}/who").content == b"nobody"


def test_only_the_methods_that_are_meant_reach_a_change(client: Client) -> None:
    for method in ("get", "head", "put", "patch", "delete", "trace"):
        answer = getattr(client, method)(f"{OPEN}/order")
        assert (method, answer.status_code, answer.headers["Allow"]) == (method, 405, "POST, OPTIONS")


def test_a_header_does_not_change_the_method(client: Client) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert client.get(f"{OPEN}/order", headers={name: "POST"}).status_code == 405
        assert (
            client.post(f"{ODD}/change", {"_method": "DELETE"}, headers={name: "DELETE"}).status_code == 405
        )
    assert client.delete(f"{ODD}/change").content == b"DELETE"


def test_a_head_has_no_body(client: Client) -> None:
    answer = client.head(f"{OPEN}/hello")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_text_is_not_run_by_a_browser(client: Client) -> None:
    answer = client.get(f"{OPEN}/script", {"text": "<script>alert(1)</script>"})
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_error_is_not_run_by_a_browser(client: Client) -> None:
    sent = "<script>alert(1)</script>=1&a=1"
    for accept, kind in (
        ("text/html", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
    ):
        answer = client.get(f"{OPEN}/add?{sent}", headers={"accept": accept})
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_line_break_makes_no_header(client: Client) -> None:
    value = "a\r\nSet-Cookie: sessionid=evil"
    for path, name in (("header", "name"), ("away", "to")):
        answer = client.get(f"{ODD}/{path}", {name: value})
        assert answer.status_code == 500
        assert "Set-Cookie" not in answer.headers
        assert not any("\n" in text or "\r" in text for text in answer.headers.values())


def test_a_file_name_makes_no_header(client: Client) -> None:
    answer = client.get(f"{ODD}/download", {"name": 'a"\r\nX-Evil: 1; filename="b.html'})
    assert "X-Evil" not in answer.headers
    assert "\n" not in answer.headers["Content-Disposition"]


def test_what_has_no_answer_is_a_failure_that_tells_nothing(client: Client, caplog: Any) -> None:
    for path in ("folder", "users", "unknown", "circle", "leaves", "fails_at_once"):
        answer = client.get(f"{ODD}/{path}", headers=AS_JSON)
        assert (answer.status_code, answer.json()["error"]) == (500, "call_failed")
        assert b"secret" not in answer.content
        assert b"Traceback" not in answer.content
        assert f"examples/odd/Odd/{path} failed" in caplog.text


def test_with_debug_a_failure_tells_its_traceback(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    answer = client.get(f"{OPEN}/raises", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert "ValueError: the secret of the server" in answer.content.decode()


async def test_a_stream_that_fails_later_is_broken_off(async_client: Any) -> None:
    answer = await async_client.get(f"{ODD}/fails_late")
    pieces = aiter(answer)
    assert await anext(pieces) == b"begun"
    with pytest.raises(ValueError, match="secret"):
        await anext(pieces)


def test_a_status_tells_nobody_else_whether_it_exists() -> None:
    owner, other = Client(), Client()
    for number, client in enumerate((owner, other)):
        client.force_login(User.objects.create_user(f"user{number}"))
    started = owner.post(f"{OPEN}/count", {"to": "1"})
    path = started.headers["Location"]
    assert started.status_code == 202
    assert owner.get(path).status_code == 200
    foreign = other.get(path)
    unknown = other.get("/status/7aed018b-cf67-44f2-819d-22546547d14a")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content
    assert foreign.headers == unknown.headers
    assert other.delete(path).status_code == 404
    assert owner.get(path).headers["Cache-Control"] == "no-store"
    assert Client().get(path).status_code == 404


def test_what_is_no_id_is_not_there(client: Client) -> None:
    for text in ("not-a-task", "1", "7AED018B-CF67-44F2-819D-22546547D14A/..", "%00"):
        assert client.get(f"/status/{text}").status_code == 404


def test_a_visitor_who_logs_in_keeps_no_others_task(client: Client) -> None:
    path = client.post(f"{OPEN}/count", {"to": "1"}).headers["Location"]
    assert client.get(path).status_code == 200
    client.force_login(User.objects.create_user("ann"))
    assert client.get(path).status_code == 404, "the session of a visitor ends at the login"
