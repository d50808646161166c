from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from smallweb.core.exceptions import BadArguments, NotRegistered
from smallweb.core.executions.claim import claim
from smallweb.core.executions.control import RETRIABLE, cancel, run_again
from smallweb.core.models import State, TaskRun
from smallweb.core.signals import run_failed, run_finished
from tests.core.executions.conftest import NOW, fresh, make_run, seconds
from tests.core.executions.functions import add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> Iterator[list[str]]:
    told: list[str] = []

    def finished(run: TaskRun, **kwargs: Any) -> None:
        told.append(f"finished {run.state}")

    def failed(run: TaskRun, **kwargs: Any) -> None:
        told.append(f"failed {run.state}")

    run_finished.connect(finished)
    run_failed.connect(failed)
    yield told
    run_finished.disconnect(finished)
    run_failed.disconnect(failed)


def test_a_run_that_waits_is_cancelled_at_once(told: list[str]) -> None:
    run = cancel(make_run(), now=NOW)
    assert (run.state, run.finished_at, run.cancel_requested_at) == (State.CANCELLED, NOW, NOW)
    assert fresh(run).state == State.CANCELLED
    assert told == ["finished CANCELLED"]


def test_a_cancellation_that_is_rolled_back_is_none(told: list[str]) -> None:
    run = make_run()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        cancel(run, now=NOW)
        raise ZeroDivisionError
    assert (fresh(run).state, told) == (State.READY, [])


def test_a_run_that_runs_is_asked_to_end_and_still_held(told: list[str]) -> None:
    run = make_run()
    with transaction.atomic():
        claim(1, uuid.uuid4(), now=NOW)
    asked = cancel(run, now=NOW)
    assert (asked.state, asked.cancel_requested_at, asked.lease is None) == (State.RUNNING, NOW, False)
    assert cancel(run, now=NOW + seconds(9)).cancel_requested_at == NOW
    assert told == []


@pytest.mark.parametrize("state", [State.SUCCESSFUL, State.FAILED, State.LOST])
def test_what_has_ended_stays_as_it_is(state: State, told: list[str]) -> None:
    run = cancel(make_run(state=state, finished_at=NOW, error="e"), now=NOW + seconds(9))
    assert (run.state, run.finished_at, run.cancel_requested_at, run.error) == (state, NOW, None, "e")
    assert told == []


def test_cancelling_twice_changes_nothing(told: list[str]) -> None:
    run = cancel(make_run(), now=NOW)
    assert cancel(run, now=NOW + seconds(9)).finished_at == NOW
    assert told == ["finished CANCELLED"]


@pytest.mark.parametrize("state", RETRIABLE)
def test_a_run_that_has_ended_is_made_anew(state: State) -> None:
    owner = User.objects.create(username="ann")
    fields = {"arguments": {"a": 1}, "priority": 1, "owner": owner, "timeout_s": 7.0, "max_attempts": 4}
    run = make_run(add.name, state=state, key="k", at_most_once=True, error="e", attempt=3, **fields)
    again = fresh(run_again(run, now=NOW + seconds(1)))
    assert {name: getattr(again, name) for name in fields} == fields
    assert (again.state, again.run_after, again.attempt, again.error) == (
        State.READY, NOW + seconds(1), 0, "",
    )  # fmt: skip
    assert (again.key, again.at_most_once, again.origin) == (None, True, f"again: run {run.pk}")
    assert again.uuid != run.uuid
    assert fresh(run).state == state


def test_other_arguments_and_a_reason_may_be_given() -> None:
    again = run_again(make_run(add.name), now=NOW, arguments={"a": 2}, because="x" * 300)
    assert (again.arguments, again.origin) == ({"a": 2}, "x" * 250)


@pytest.mark.parametrize("arguments", [{}, {"a": "x"}, {"a": 1, "z": 1}, {"a": 1, "b": float("nan")}])
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(BadArguments):
        run_again(make_run(add.name), now=NOW, arguments=arguments)
    assert TaskRun.objects.count() == 1


def test_a_task_that_is_gone_is_not_run_again() -> None:
    with pytest.raises(NotRegistered):
        run_again(make_run("gone"), now=NOW)
    assert TaskRun.objects.count() == 1
