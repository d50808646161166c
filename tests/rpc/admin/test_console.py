"""The console: what is typed reaches the object, as this person, and what came of it is shown."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from smallweb.core.redact import HIDDEN
from smallweb.rpc.admin import console_call
from smallweb.rpc.models import CallRecord, RemoteMember
from smallweb.rpc.services.log_calls import call_log
from tests.acceptance.till.things import Till
from tests.rpc.admin.conftest import member

pytestmark = pytest.mark.django_db(transaction=True)


def _url(path: str) -> str:
    return f"/admin/smallweb_rpc/remotemember/{member(path).pk}/console/"


def _do(client: Client, path: str, verb: str = "call", **typed: Any) -> str:
    """Return the text of the page after the form was sent with these arguments."""
    names = {name if name == "value" else f"arg-{name}": value for name, value in typed.items()}
    answer = client.post(_url(path), {"verb": verb, **names})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def _outcome(text: str) -> str:
    return text.partition('id="smallweb-outcome"')[2].partition('id="smallweb-snippets"')[0]


def test_the_form_is_made_of_the_annotations(till: Till, boss: Client) -> None:
    text = html.unescape(boss.get(_url("till.buy")).content.decode())
    assert 'placeholder="{"name": "text", "price": 1.5}"' in text
    assert '<option value=""USD"">USD</option>' in text
    assert '<option value=""cash"" selected>cash</option>' in text
    assert '<option value="false" selected>false</option>' in text
    assert 'type="password" name="arg-card_token"' in text
    assert "Buy an article" in text
    assert "smallweb-outcome" not in text
    text = html.unescape(boss.get(_url("till.add")).content.decode())
    assert 'type="number" name="arg-a"' in text
    assert 'value="10"' in text


def test_a_call_shows_its_result_and_is_logged(till: Till, boss: Client) -> None:
    outcome = _outcome(_do(boss, "till.add", a="4", b=""))
    assert ">14<" in outcome
    assert " ms<" in outcome
    entry = LogEntry.objects.get()
    assert entry.object_id == str(member("till.add").pk)
    assert entry.change_message.startswith('Console: call till.add {"a": 4}: ok, ')


def test_arguments_of_all_kinds(till: Till, boss: Client) -> None:
    text = _do(
        boss, "till.buy", article='{"name": "tea", "price": 2.5}', currency='"USD"', how='"card"', note="",
        is_gift="true", card_token="4711", labels='{"shelf": "b"}',
    )  # fmt: skip
    outcome = _outcome(text)
    parts = ['"total": 2.5', '"currency": "USD"', '"how": "card"', '"note": null', '"is_gift": true', '"b"']
    assert [part for part in parts if part not in outcome] == []
    assert "4711" not in text
    assert "4711" not in LogEntry.objects.get().change_message


def test_more_arguments_than_have_names(till: Till, boss: Client) -> None:
    more = '[{"name": "cup", "price": 1, "count": 2}]'
    outcome = _outcome(_do(boss, "till.buy", article='{"name": "tea", "price": 2.5}', more=more))
    assert '"total": 4.5' in outcome
    assert '"is_gift": false' in outcome


def test_an_empty_text_is_a_text_where_the_default_is_another(till: Till, boss: Client) -> None:
    text = _do(boss, "till.buy", article='{"name": "tea", "price": 1}', note="for ann")
    assert '"note": "for ann"' in _outcome(text)


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        ("till.add", {"a": "x"}, "Enter a whole number."),
        ("till.add", {"a": ""}, "This field is required."),
        ("till.buy", {"article": ""}, "This field is required."),
        ("till.buy", {"article": "{name}"}, "This is no JSON: line 1, column 2"),
        ("till.buy", {"article": '{"name": "tea", "price": 1}', "more": "{}"}, "Write an array."),
        ("till.buy", {"article": '{"name": "tea", "price": 1}', "labels": "[]"}, "Write an object."),
        ("till.buy", {"article": '{"name": "tea", "price": 1}', "how": '"free"'}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_sent_is_said_at_the_field(
    path: str, typed: dict[str, str], sentence: str, till: Till, boss: Client
) -> None:
    text = _do(boss, path, **typed)
    assert sentence in text
    assert "smallweb-outcome" not in text
    assert not LogEntry.objects.exists()


def test_an_error_of_the_server_is_shown_with_its_field(till: Till, boss: Client) -> None:
    text = _do(boss, "till.buy", article='{"name": "tea"}')
    assert '<ul class="errorlist" id="id_arg-article_error">' in text
    assert "invalid_params" in _outcome(text)
    assert "Object missing required field `price`" in text
    text = _do(boss, "till.buy", article='{"name": "tea", "price": -1}')
    assert "too_cheap" in _outcome(text)
    assert "Nobody pays less than nothing." in _outcome(text)
    text = _do(boss, "till.fail")
    assert "call_failed" in _outcome(text)
    assert "a secret of the server" not in text


def test_rights_are_those_of_the_person(till: Till, staff: Callable[..., Client], boss: Client) -> None:
    client = staff("view_remotemember", "call_member")
    assert "access_denied" in _outcome(_do(client, "till.close"))
    cashier = User.objects.get(username__startswith="staff")
    cashier.groups.add(Group.objects.create(name="cashiers"))
    assert '"closed"' in _outcome(_do(client, "till.close"))
    assert f'"{cashier.username}"' in _outcome(_do(client, "till.who"))
    assert '"closed"' in _outcome(_do(boss, "till.close"))


def test_what_is_switched_off_cannot_be_called_from_here(till: Till, boss: Client) -> None:
    row = member("till.add")
    boss.post(f"/admin/smallweb_rpc/remotemember/{row.pk}/do/switch_off/")
    assert "It is switched off" in boss.get(_url("till.add")).content.decode()
    assert "no_such_member" in _outcome(_do(boss, "till.add", a="1"))


def test_an_endless_generator_is_stopped(till: Till, boss: Client) -> None:
    outcome = _outcome(_do(boss, "till.count_up"))
    assert "stopped after 100 items" in outcome
    assert "99" in outcome
    assert ">ok<" in outcome


def test_a_slow_one_shows_the_items_that_came_in_time(
    till: Till, boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smallweb.rpc.admin.console.TIMEOUT_S", 0.3)
    outcome = _outcome(_do(boss, "till.count_up", pause_s="0.1"))
    assert "timed_out" in outcome
    assert "[\n  0" in outcome


def test_attributes_are_got_set_and_deleted(till: Till, boss: Client) -> None:
    assert ">0.0<" in _outcome(_do(boss, "till.total", "get"))
    assert ">true<" in _outcome(_do(boss, "till.total", "set", value="2.5"))
    assert till.total == 2.5
    assert ">2.5<" in _outcome(_do(boss, "till.total", "get", value="not looked at"))
    assert ">true<" in _outcome(_do(boss, "till.total", "delete"))
    assert "no_value" in _outcome(_do(boss, "till.total", "delete"))
    assert "Enter a number." in _do(boss, "till.total", "set", value="much")
    assert till.total == 0.0


def test_a_secret_attribute_is_hidden(till: Till, boss: Client) -> None:
    assert HIDDEN in _outcome(_do(boss, "till.api_key", "get"))
    text = _do(boss, "till.api_key", "set", value="k-9")
    assert till.api_key == "k-9"
    assert "k-9" not in text
    assert "k-9" not in LogEntry.objects.all()[0].change_message


def test_the_form_of_what_can_only_be_got_has_no_field(till: Till, boss: Client) -> None:
    text = boss.get(_url("till.drawer.is_open")).content.decode()
    assert 'name="value"' not in text
    assert ">false<" in _outcome(_do(boss, "till.drawer.is_open", "get"))


def test_the_use_of_the_console_stands_in_the_log_of_calls(till: Till, boss: Client) -> None:
    _do(boss, "till.fail")
    call_log.write()
    record = CallRecord.objects.get()
    assert record.user is not None
    assert (record.user.get_username(), record.address, record.path) == ("boss", "127.0.0.1", "till.fail")


def test_the_call_ends_in_time(till: Till) -> None:
    user = User.objects.create_user("ann", is_staff=True)
    asked = {"path": "till.count_up", "kwargs": {"pause_s": 60.0}, "timeout_s": 0.2, "stream": True}
    outcome = console_call.call_as(user, "rpc.call", asked, address="")
    assert outcome.code == "timed_out"
    assert outcome.took_s < 10


def test_rows_of_code_alone_have_a_console(till: Till, boss: Client) -> None:
    url = _url("till.add")
    RemoteMember.objects.update(in_code=False)
    assert boss.get(url).status_code == 404
