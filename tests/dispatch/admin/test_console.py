"""The console: what is typed reaches the method, as this person, and what came of it is shown."""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from smallweb.core.redact import HIDDEN
from smallweb.dispatch.models import Node, RequestRecord, Ticket
from smallweb.dispatch.services.log_requests import request_log
from smallweb.dispatch.services.policy import policy
from tests.dispatch.admin.conftest import OPEN, node

pytestmark = pytest.mark.django_db(transaction=True)


def _url(path: str) -> str:
    return f"/admin/smallweb_dispatch/node/{node(path).pk}/console/"


def _do(client: Client, path: str, verb: str = "POST", **typed: Any) -> str:
    """Return the text of the page after the form was sent with these values."""
    whole = {"query": "query", "body": "body", "others": "more"}
    names = {whole.get(name, f"arg-{name}"): value for name, value in typed.items()}
    answer = client.post(_url(path), {"verb": verb, **names})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def _outcome(text: str) -> str:
    return text.partition('id="smallweb-outcome"')[2].partition('id="smallweb-snippets"')[0]


def test_the_form_is_made_of_the_parameters(nodes: None, boss: Client) -> None:
    text = html.unescape(boss.get(_url(f"{OPEN}/add")).content.decode())
    assert 'type="number" name="arg-a"' in text
    assert 'value="0"' in text
    assert 'value="GET" class="button default"' in text
    assert "smallweb-outcome" not in text
    assert f"curl 'http://testserver/{OPEN}/add?a=1'" in text
    assert f'fetch("/{OPEN}/add?a=1")' in text
    text = html.unescape(boss.get(_url(f"{OPEN}/order")).content.decode())
    assert 'placeholder="{"name": "text"}"' in text
    assert 'enctype="multipart/form-data"' in boss.get(_url(f"{OPEN}/upload")).content.decode()


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_call_shows_what_is_answered_and_is_logged(verb: str, nodes: None, boss: Client) -> None:
    outcome = _outcome(_do(boss, f"{OPEN}/add", verb, a="4", b=""))
    assert ">200 OK<" in outcome
    assert ">4<" in outcome
    assert "application/json" in outcome
    entry = LogEntry.objects.get()
    assert entry.change_message.startswith(f'Console: {verb} {OPEN}/add {{"a": 4}}: 200, ')


@pytest.mark.parametrize(
    ("path", "verb", "typed", "wanted"),
    [
        ("hello", "GET", {}, "hello world!!."),
        ("hello_async", "GET", {}, "hello world!!."),
        ("me", "GET", {}, ">boss<"),
        ("who", "POST", {}, ">boss<"),
        ("flags", "GET", {"on": "true", "tags": '["a", "b"]', "limit": "3"}, '"limit": 3'),
        ("flags", "POST", {"tags": "[]"}, '"on": false'),
        ("order", "POST", {"article": '{"name": "tea"}'}, '"count": 2'),
        ("any_name", "GET", {"others": '{"x": 1, "y": 2}'}, '"y": 2'),
        ("page", "GET", {}, "<h1>Hello</h1>"),
        ("dump", "GET", {"query": '{"a": "1", "b": ["x", "y"]}'}, '"b": "x"'),
        ("dump", "POST", {"query": '{"a": "1"}', "body": "[1, 2]"}, '"data": ['),
        ("letters", "GET", {}, ">abc<"),
        ("letters_async", "GET", {}, ">abc<"),
        ("lines", "GET", {}, '{"n":2}'),
        ("nothing", "GET", {}, ">204 No Content<"),
        ("script", "GET", {"text": ""}, ">200 OK<"),
    ],
)
def test_answers_of_all_kinds(
    path: str, verb: str, typed: dict[str, str], wanted: str, nodes: None, boss: Client
) -> None:
    assert wanted in _outcome(_do(boss, f"{OPEN}/{path}", verb, **typed))


def test_what_is_answered_is_no_html_of_ours(nodes: None, boss: Client) -> None:
    answer = boss.post(_url(f"{OPEN}/script"), {"verb": "GET", "arg-text": "<script>alert(1)</script>"})
    assert b"<script>alert(1)" not in answer.content


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        ("add", {"a": "x"}, "Enter a whole number."),
        ("add", {"a": ""}, "This field is required."),
        ("order", {"article": "{name}"}, "This is no JSON: line 1, column 2"),
        ("any_name", {"others": "[]"}, "Write an object."),
        ("dump", {"query": "[]"}, "Write an object."),
        ("dump", {"query": "", "body": "{"}, "This is no JSON"),
        ("upload", {"title": "x"}, "This field is required."),
    ],
)
def test_what_cannot_be_sent_is_said_at_the_field(
    path: str, typed: dict[str, str], sentence: str, nodes: None, boss: Client
) -> None:
    text = _do(boss, f"{OPEN}/{path}", **typed)
    assert sentence in text
    assert "smallweb-outcome" not in text
    assert not LogEntry.objects.exists()


def test_a_refusal_is_shown_at_its_field(nodes: None, boss: Client) -> None:
    text = _do(boss, f"{OPEN}/order", article='{"count": 1}')
    assert '<ul class="errorlist" id="id_arg-article_error">' in text
    assert ">400 Bad Request<" in _outcome(text)
    assert "missing required field `name`" in text


def test_failures_tell_no_secrets(nodes: None, boss: Client) -> None:
    outcome = _outcome(_do(boss, f"{OPEN}/raises", "GET", kind="public"))
    assert ">422 " in outcome
    assert "The shop is closed." in outcome
    text = _do(boss, f"{OPEN}/raises", "GET")
    assert ">500 " in _outcome(text)
    assert "the secret of the server" not in text
    assert ">504 " in _outcome(_do(boss, f"{OPEN}/slow", "GET"))


def test_rights_are_those_of_the_person(nodes: None, staff: Callable[..., Client], boss: Client) -> None:
    client = staff("view_node", "call_node")
    assert ">200 OK<" in _outcome(_do(client, "examples/probe/Closed/change"))
    Node.objects.filter(name="examples/probe/Closed/change").update(access="permission:auth.add_user")
    policy.forget()
    outcome = _outcome(_do(client, "examples/probe/Closed/change"))
    assert ">403 Forbidden<" in outcome
    assert "access_denied" in outcome
    assert ">200 OK<" in _outcome(_do(boss, "examples/probe/Closed/change"))


def test_what_is_off_is_not_reached_from_here_either(nodes: None, boss: Client) -> None:
    Node.objects.filter(name="examples").update(enabled=False)
    text = _do(boss, f"{OPEN}/hello", "GET")
    assert "It is switched off" in text
    assert ">404 Not Found<" in _outcome(text)


def test_files(nodes: None, boss: Client) -> None:
    more = [SimpleUploadedFile("b.txt", b"1"), SimpleUploadedFile("c.txt", b"2")]
    text = _do(boss, f"{OPEN}/upload", title="x", photo=SimpleUploadedFile("a.png", b"12345"), more=more)
    outcome = _outcome(text)
    parts = ['"name": "a.png"', '"size": 5', '"more": 2']
    assert [part for part in parts if part not in outcome] == []
    assert "-F photo=@a.png" in text
    assert 'form.append("title", "x");' in text
    assert "12345" not in LogEntry.objects.get().change_message


def test_a_task_is_started_and_its_status_linked(nodes: None, boss: Client) -> None:
    text = _do(boss, f"{OPEN}/count", to="3")
    ticket = Ticket.objects.get()
    assert ticket.user == User.objects.get(username="boss")
    assert ">202 Accepted<" in _outcome(text)
    assert f'href="/status/{ticket.token}"' in _outcome(text)
    assert boss.get(f"/status/{ticket.token}").status_code == 200
    assert ticket.run.arguments["arguments"] == {"to": 3}


def test_secrets_are_hidden_from_readers(nodes: None, boss: Client, settings: Any) -> None:
    settings.SMALLWEB_DISPATCH = {"LOG_SHARE": 1}
    text = _do(boss, f"{OPEN}/dump", query='{"password": "4711"}', body='{"api_key": "0815"}')
    snippets = text.partition('id="smallweb-snippets"')[2]
    assert "4711" not in snippets and "0815" not in snippets
    assert "4711" not in LogEntry.objects.get().change_message
    request_log.write(everything=True)
    record = RequestRecord.objects.get()
    assert record.arguments == {"password": HIDDEN, "api_key": HIDDEN}
    assert record.user == User.objects.get(username="boss")


def test_long_answers_are_cut(nodes: None, boss: Client) -> None:
    text = _do(boss, f"{OPEN}/script", text="x" * 30_000)
    assert "Only its first 20000 bytes are shown." in text
    assert _outcome(text).count("x" * 1000) == 20


def test_posts_of_programs_are_shown_for_programs(nodes: None, boss: Client) -> None:
    text = _do(boss, f"{OPEN}/order", article='{"name": "it\'s"}')
    assert "-H 'Content-Type: application/json'" in text
    assert '"X-CSRFToken": csrfToken()' in text
    sent = {"article": {"name": "it's"}}
    assert f"body: JSON.stringify({json.dumps(sent)})" in text


def test_no_one_finds_the_status_of_another(nodes: None, staff: Callable[..., Client], boss: Client) -> None:
    _do(boss, f"{OPEN}/count", to="1")
    other = staff("view_node", "call_node")
    assert other.get(f"/status/{Ticket.objects.get().token}").status_code == 404
    assert other.get(f"/status/{uuid.uuid4()}").status_code == 404
