from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smallweb.core.models import State, TaskRun
from smallweb.core.models.execution import MAX_INTERRUPTIONS, MAX_RETRY_DELAY_S, retry_delay_s
from smallweb.core.text import MAX_TEXT

pytestmark = pytest.mark.once

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=2)


def _running(**fields: Any) -> TaskRun:
    run = TaskRun(task="t", run_after=NOW, timeout_s=1.0, **fields)
    run.claim(uuid.uuid4(), now=NOW)
    return run


def _held(run: TaskRun) -> list[Any]:
    return [
        value for value in (run.lease, run.holder, run.worker_pid, run.lease_expires_at) if value is not None
    ]


def test_a_claim_and_its_undoing_leave_the_run_as_it_was() -> None:
    run = _running(attempt=2)
    assert (run.state, run.attempt, run.started_at, len(_held(run))) == (State.RUNNING, 3, NOW, 4)
    run.undo_claim()
    assert (run.state, run.attempt, run.started_at, _held(run)) == (State.READY, 2, None, [])


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda run: run.set_successful(now=LATER), State.SUCCESSFUL),
        (lambda run: run.set_result(None, now=LATER), State.SUCCESSFUL),
        (lambda run: run.set_failed("e", now=LATER), State.FAILED),
        (lambda run: run.set_cancelled(now=LATER), State.CANCELLED),
    ],
)
def test_an_end_lets_the_run_go(end: Any, state: State) -> None:
    run = _running(error="before", traceback="before")
    end(run)
    assert (run.state, run.finished_at, run.duration_s, _held(run)) == (state, LATER, 2.0, [])
    assert (run.error, run.traceback) == ("e" if state == State.FAILED else "", "")
    assert not run.is_active


def test_a_run_has_no_duration_before_its_end() -> None:
    assert _running().duration_s is None
    assert TaskRun(finished_at=NOW).duration_s is None


def test_an_error_keeps_its_beginning_and_a_traceback_its_end() -> None:
    run = _running()
    run.set_failed("\0" + "e" * MAX_TEXT, traceback="x" * MAX_TEXT + "\udc80", now=NOW)
    assert run.error == "\ufffd" + "e" * (MAX_TEXT - 1)
    assert run.traceback == "x" * (MAX_TEXT - 1) + "\ufffd"


def test_earlier_attempts_are_kept_up_to_ten_and_cut() -> None:
    run = _running()
    for attempt in range(1, 13):
        run.attempt = attempt
        run.set_ready_again("e" * 5000, traceback="t" * 5000, now=LATER, run_after=LATER)
    assert [one["attempt"] for one in run.earlier_attempts] == list(range(3, 13))
    last = run.earlier_attempts[-1]
    assert (len(last["error"]), len(last["traceback"]), last["duration_s"]) == (2000, 2000, 2.0)
    assert last["started_at"] == NOW.isoformat()
    assert (run.state, run.run_after, _held(run)) == (State.READY, LATER, [])


def test_interruptions_do_not_count_as_failures() -> None:
    run = _running(max_attempts=2)
    run.set_interrupted("stopped", now=NOW)
    run.claim(uuid.uuid4(), now=NOW)
    assert (run.attempt, run.failed_attempts, run.may_retry) == (2, 1, True)
    run.set_ready_again("e", now=NOW, run_after=NOW)
    run.claim(uuid.uuid4(), now=NOW)
    assert (run.attempt, run.failed_attempts, run.may_retry) == (3, 2, False)


def test_who_was_asked_to_end_gets_no_other_attempt() -> None:
    run = _running(max_attempts=9)
    run.request_cancel(now=NOW)
    assert not run.may_retry
    run.set_interrupted("stopped", now=LATER)
    assert run.state == State.CANCELLED


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, State.READY),
        ({"at_most_once": True}, State.LOST),
        ({"interruptions": MAX_INTERRUPTIONS - 2}, State.READY),
        ({"interruptions": MAX_INTERRUPTIONS - 1}, State.LOST),
    ],
)
def test_an_interruption_leads_to_another_attempt_or_to_the_end(fields: Any, state: State) -> None:
    run = _running(**fields)
    run.set_interrupted("stopped", now=NOW)
    assert (run.state, run.error) == (state, "stopped")


@pytest.mark.parametrize(
    ("failures", "first_s", "delay_s"),
    [(0, 5, 0), (-3, 5, 0), (1, 5, 5), (2, 5, 10), (4, 5, 40), (50, 5, MAX_RETRY_DELAY_S), (10**6, 0, 0)],
)
def test_delays_double_up_to_an_hour(failures: int, first_s: float, delay_s: float) -> None:
    assert retry_delay_s(failures, first_s) == delay_s
