"""``smallweb_sessions``: list, kill, logs, tell."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from smallweb.sessions.services.manage_sessions import find_one, list_sessions
from tests.sessions.hosted import ask, begin
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db


def _run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("smallweb_sessions", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann")


def _left() -> list[str]:
    return [each.id for each in list_sessions().sessions]


def test_the_table_has_a_line_for_each(host: None, ann: User) -> None:
    one = begin("hello", user=ann)
    other = begin("other", address="10.9.8.7")
    head, first, second = _run("list").splitlines()
    assert head.split()[:4] == ["id", "app", "user", "pid"]
    assert first.split()[:4] == [one.short_id, "hello", "ann", str(one.pid)]
    assert second.split()[:3] == [other.short_id, "other", "10.9.8.7"]
    assert _run("list", "--user", "ann").count("\n") == 2
    assert _run("list", "--app", "none").count("\n") == 1


def test_programs_get_json(host: None, ann: User) -> None:
    one = begin("hello", user=ann)
    (found,) = json.loads(_run("list", "--json"))
    assert (found["id"], found["name"], found["pid"]) == (one.short_id, "ann", one.pid)
    assert one.id not in json.dumps(found)


@pytest.mark.parametrize(
    "arguments", [["--user", "ann"], ["--app", "hello"], ["--user", "ann", "--app", "hello"]]
)
def test_those_of_a_user_or_app_are_ended(arguments: list[str], host: None, ann: User) -> None:
    begin("hello", user=ann)
    kept = begin("other")
    assert _run("kill", *arguments) == "1 session is ended.\n"
    wait_for(lambda: _left() == [kept.id])


def test_what_begins_so_is_ended_or_all(host: None) -> None:
    first, second, third = begin(), begin(), begin()
    assert _run("kill", first.id[:8], second.short_id) == "2 sessions are ended.\n"
    wait_for(lambda: _left() == [third.id])
    assert _run("kill", "--all") == "1 session is ended.\n"
    wait_for(lambda: not _left())
    line = next(line for line in _run("list", "--ended").splitlines() if first.short_id in line)
    assert line.endswith("ended by an operator")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["kill"], "Say which: ids, --user, --app or --all."),
        (["tell", "Hello"], "Say which"),
        (["kill", "zzz"], "There is no session 'zzz'"),
        (["logs", "zzz"], "There is no session 'zzz'"),
        (["logs", ""], "There is no session ''"),
        (["kill", "--user", "nobody"], "There is no user 'nobody'."),
    ],
)
def test_a_fault_is_said(arguments: list[str], fault: str, host: None) -> None:
    begin()
    with pytest.raises(CommandError, match=fault):
        _run(*arguments)
    assert len(_left()) == 1


def test_what_has_ended_cannot_be_ended_again(host: None) -> None:
    one = begin()
    _run("kill", one.short_id)
    wait_for(lambda: find_one(one.id).ended_at)
    with pytest.raises(CommandError, match="has ended: ended by an operator"):
        _run("kill", one.short_id)


def test_more_of_an_id_is_asked_for_where_it_is_not_enough(host: None) -> None:
    ids = [begin().id for _ in range(20)]  # of 16 digits two begin with the same one
    begins = next(each[0] for each in ids if sum(other[0] == each[0] for other in ids) > 1)
    with pytest.raises(CommandError, match="give more of the id"):
        _run("logs", begins)


def test_the_log_is_read_while_it_runs_and_after(host: None) -> None:
    one = begin()
    assert _run("logs", one.short_id) == ""
    ask(one, "/say")
    wait_for(lambda: "said <b>aloud</b>" in _run("logs", one.short_id))
    _run("kill", one.short_id)
    wait_for(lambda: find_one(one.id).ended_at)
    assert "said <b>aloud</b>" in _run("logs", one.short_id)


def test_only_pages_of_htag_can_show_a_message(host: None) -> None:
    begin()
    assert _run("tell", "Hello", "--all") == "0 sessions show it.\n"


def test_without_a_host_nothing_runs(no_host: None, ann: Any) -> None:
    assert _run("list").startswith("No app host runs")
    assert _run("list", "--json") == "[]\n"
    assert _run("kill", "--all") == "0 sessions are ended.\n"
    assert _run("tell", "Hello", "--user", "ann") == "0 sessions show it.\n"
