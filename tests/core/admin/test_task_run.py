from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from smallweb.core.models import State, TaskRun
from tests.core.admin.conftest import make_run

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_core/taskrun/"


def _text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def _do(client: Client, run: TaskRun, name: str) -> str:
    return client.post(f"{LIST}{run.pk}/do/{name}/", follow=True).content.decode()


def test_the_list_takes_as_many_queries_for_many_runs_as_for_one(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    owner = User.objects.create_user("ann")
    for number in range(60):
        make_run(age_s=number + 1, owner=owner)
        make_run(State.SUCCESSFUL, result=[number], owner=owner)
    with django_assert_max_num_queries(14):
        text = _text(boss, LIST)
    assert "1st of 60" in text


def test_the_list_says_of_each_run_what_matters(boss: Client) -> None:
    make_run(State.RUNNING, progress={"number": 0.5})
    make_run(State.FAILED, error="no <mail>", traceback="Traceback")
    make_run(State.SUCCESSFUL, result={"sent": 3, "token": "hunter2"}, owner=User.objects.create_user("ann"))
    text = _text(boss, LIST)
    for words in ("50 %", "no &lt;mail&gt;", "{&quot;sent&quot;: 3", ">ann</a>", "so far"):
        assert words in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "query",
    ["?q={uuid}", "?q={uuid_without_dashes}", "?q=shop.send", "?q=order-17", "?q=no+mail", "?q=paid",
     "?state__exact=FAILED", "?task=shop.send", "?priority__exact=1", "?whose=mine",
     "?owner__id__exact={owner}"],
)  # fmt: skip
def test_runs_are_found(query: str, boss: Client) -> None:
    owner = User.objects.get(username="boss")
    run = make_run(State.FAILED, key="order-17", error="no mail", origin="paid", owner=owner, priority=1)
    other = make_run(task="other")
    url = query.format(uuid=run.uuid, uuid_without_dashes=run.uuid.hex, owner=owner.pk)
    text = _text(boss, LIST + url)
    assert f"/taskrun/{run.pk}/" in text
    assert f"/taskrun/{other.pk}/" not in text


@pytest.mark.parametrize(
    "query",
    ["?arguments__password__startswith=h", "?arguments__icontains=hunter", "?result__token=hunter2",
     "?progress__icontains=hunter", "?earlier_attempts__icontains=hunter"],
)  # fmt: skip
def test_what_is_hidden_cannot_be_guessed_by_filters(query: str, boss: Client) -> None:
    make_run(State.SUCCESSFUL, arguments={"password": "hunter2"}, result={"token": "hunter2"})
    assert boss.get(LIST + query).status_code == 400


def test_runs_of_nobody_and_of_a_task_that_is_gone_are_found(boss: Client) -> None:
    gone = make_run(task="gone")
    make_run(owner=User.objects.get(username="boss"))
    assert f"/taskrun/{gone.pk}/" in _text(boss, f"{LIST}?whose=nobody&task=gone")


def test_a_run_shows_everything_about_itself_as_text(boss: Client) -> None:
    run = make_run(
        State.RUNNING, arguments={"to": "<ann>", "token": "hunter2"}, result={"password": "hunter2"},
        error="no <mail>", traceback="Traceback: <here>", progress="<half>", worker_pid=4711, key="order-17",
        earlier_attempts=[
            {"attempt": 1, "started_at": "2026-01-01T00:00:00+00:00", "duration_s": 1, "error": "<first>",
             "traceback": "T"}
        ],
    )  # fmt: skip
    text = _text(boss, f"{LIST}{run.pk}/change/")
    for words in (
        "&lt;ann&gt;", "no &lt;mail&gt;", "Traceback: &lt;here&gt;", "&lt;half&gt;", "process 4711",
        "order-17", "&lt;first&gt;", str(run.uuid),
    ):  # fmt: skip
        assert words in text
    assert "hunter2" not in text


def test_a_waiting_run_shows_its_place(boss: Client) -> None:
    make_run(age_s=90)
    run = make_run()
    assert "2nd of 2" in _text(boss, f"{LIST}{run.pk}/change/")


def test_a_run_that_waits_is_cancelled_at_once(boss: Client) -> None:
    run = make_run()
    assert "is cancelled; it had not begun" in _do(boss, run, "cancel")
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    entry = LogEntry.objects.get()
    assert "is cancelled" in entry.get_change_message()


def test_a_run_that_runs_is_asked_to_end(boss: Client) -> None:
    run = make_run(State.RUNNING)
    assert "/do/cancel/" in _text(boss, f"{LIST}{run.pk}/change/")
    assert "will within seconds" in _do(boss, run, "cancel")
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at is not None) == (State.RUNNING, True)
    text = _text(boss, f"{LIST}{run.pk}/change/")
    assert "asked to end" in text
    assert "/do/cancel/" not in text
    assert "will within seconds" in _do(boss, run, "cancel")


@pytest.mark.parametrize("state", [State.SUCCESSFUL, State.FAILED, State.LOST, State.CANCELLED])
def test_a_run_that_has_ended_is_not_cancelled_but_run_again(state: str, boss: Client) -> None:
    run = make_run(state, arguments={"to": "ann"}, finished_at=timezone.now() - timedelta(days=1))
    text = _text(boss, f"{LIST}{run.pk}/change/")
    assert "/do/cancel/" not in text
    assert "/do/run_again/" in text
    assert "there is nothing to cancel" in _do(boss, run, "cancel")
    assert not LogEntry.objects.exists()
    answer = boss.post(f"{LIST}{run.pk}/do/run_again/")
    again = TaskRun.objects.exclude(pk=run.pk).get()
    assert (again.state, again.arguments, again.origin) == (
        State.READY,
        {"to": "ann"},
        f"again: run {run.pk}",
    )
    assert answer["Location"] == f"{LIST}{again.pk}/change/"


@pytest.mark.parametrize("state", [State.READY, State.RUNNING])
def test_a_run_that_has_not_ended_is_not_run_again(state: str, boss: Client) -> None:
    run = make_run(state)
    assert "/do/run_again/" not in _text(boss, f"{LIST}{run.pk}/change/")
    assert "what has not ended is not run again" in _do(boss, run, "run_again")
    assert TaskRun.objects.count() == 1


def test_a_run_whose_code_is_gone_or_changed_is_not_run_again(boss: Client) -> None:
    assert "No task is registered as" in _do(boss, make_run(State.FAILED, task="gone"), "run_again")
    changed = make_run(State.FAILED, arguments={"no": 1})
    assert "cannot be called so" in _do(boss, changed, "run_again")
    assert TaskRun.objects.count() == 2
    assert not LogEntry.objects.exists()


def test_the_actions_of_the_list_do_what_the_buttons_do(boss: Client) -> None:
    runs = [make_run(), make_run(State.RUNNING), make_run(State.FAILED)]
    form: dict[str, Any] = {"action": "cancel", "_selected_action": [run.pk for run in runs], "index": 0}
    text = boss.post(LIST, form, follow=True).content.decode()
    assert "Cancel: 2 rows." in text
    assert "there is nothing to cancel" in text
    assert LogEntry.objects.count() == 2


def test_a_secret_argument_of_the_wrong_type_is_not_told(boss: Client) -> None:
    run = make_run(State.FAILED, arguments={"to": "ann", "token": ["hunter2"]})
    text = _do(boss, run, "run_again")
    assert "oken of send is" in text
    assert "hunter2" not in text
