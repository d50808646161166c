from __future__ import annotations

import html
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from smallweb.core.models import State, TaskRun
from tests.core.admin.conftest import make_run

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_core/taskrun/"
HIDDEN = "\N{BULLET}\N{BULLET}\N{BULLET}"


@pytest.fixture
def run() -> TaskRun:
    return make_run(State.FAILED, arguments={"to": "ann", "token": "hunter2", "more": {"api_key": "k-1"}})


def _post(client: Client, run: TaskRun, arguments: str) -> Any:
    return client.post(f"{LIST}{run.pk}/again/", {"arguments": arguments})


def test_the_form_holds_the_arguments_without_their_secrets(run: TaskRun, boss: Client) -> None:
    assert f"{run.pk}/again/" in boss.get(f"{LIST}{run.pk}/change/").content.decode()
    text = html.unescape(boss.get(f"{LIST}{run.pk}/again/").content.decode())
    assert '"to": "ann"' in text
    assert f'"token": "{HIDDEN}"' in text
    assert "hunter2" not in text
    assert "k-1" not in text
    assert f"{HIDDEN} stands for a value that is kept as it was." in text


def test_without_secrets_nothing_is_said_of_them(boss: Client) -> None:
    run = make_run(State.FAILED)
    assert HIDDEN not in boss.get(f"{LIST}{run.pk}/again/").content.decode()


def test_what_is_changed_is_changed_and_what_is_hidden_is_kept(run: TaskRun, boss: Client) -> None:
    typed = f'{{"to": "bob", "token": "{HIDDEN}", "more": {{"api_key": "{HIDDEN}", "x": 1}}}}'
    answer = _post(boss, run, typed)
    again = TaskRun.objects.exclude(pk=run.pk).get()
    assert answer["Location"] == f"{LIST}{again.pk}/change/"
    assert again.arguments == {"to": "bob", "token": "hunter2", "more": {"api_key": "k-1", "x": 1}}
    assert (again.state, again.origin) == (State.READY, f"again: run {run.pk}, other arguments")
    assert "with other arguments" in boss.get(answer["Location"]).content.decode()
    entry = LogEntry.objects.get()
    assert (entry.object_id, "other arguments" in entry.get_change_message()) == (str(run.pk), True)
    assert "hunter2" not in entry.change_message


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "This field is required."),
        ("{'to': 1}", "This is no JSON: line 1, column 2"),
        ('{"to": "ann"\n"count": 1}', "This is no JSON: line 2, column 1"),
        ('{"count": NaN, "to": "ann"}', "NaN is no JSON."),
        ("[" * 100_000, "This is nested too deep."),
        ('["ann"]', "Write an object with a value for each parameter"),
        ("{}", "missing a required argument: 'to'"),
        ('{"to": "ann", "cc": "bob"}', "got an unexpected keyword argument 'cc'"),
        ('{"to": 5}', "to of send is 5: Expected `str`, got `int`"),
        (f'{{"to": "ann", "password": "{HIDDEN}"}}', "password had no value"),
        (f'{{"to": "ann", "more": [{{"key": "{HIDDEN}"}}]}}', "not certain in a list"),
    ],
)
def test_what_cannot_be_run_is_said_at_the_field(
    typed: str, sentence: str, run: TaskRun, boss: Client
) -> None:
    answer = _post(boss, run, typed)
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert sentence in text
    assert "Nothing was queued" in text
    assert typed in text
    assert "hunter2" not in text
    assert TaskRun.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_a_function_that_is_gone_is_said_so(boss: Client) -> None:
    run = make_run(State.FAILED, task="gone")
    assert "No task is registered as" in _post(boss, run, "{}").content.decode()


def test_a_run_that_has_not_ended_is_not_run_again(boss: Client) -> None:
    run = make_run(State.RUNNING)
    assert "again/" not in boss.get(f"{LIST}{run.pk}/change/").content.decode()
    assert "has not ended is not run again" in _post(boss, run, '{"to": "bob"}').content.decode()
    assert TaskRun.objects.count() == 1


def test_an_unknown_run_is_not_found(boss: Client) -> None:
    assert boss.get(f"{LIST}98765/again/").status_code == 404
