from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smallweb.core.executions import recover
from smallweb.core.executions.follow_clock import follow_clock
from smallweb.core.executions.recover import recover_tasks
from smallweb.core.models import State, TaskRun

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nobody_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests move the clock as well."""
    monkeypatch.setattr(recover, "_followed_at", None)


def _run(*, created_at: datetime, run_after: datetime, **values: Any) -> TaskRun:
    run = TaskRun.objects.create(task="t", run_after=run_after, timeout_s=1, **values)
    TaskRun.objects.filter(pk=run.pk).update(created_at=created_at)
    return run


def _start(run: TaskRun) -> datetime:
    run.refresh_from_db()
    return run.run_after


def test_what_was_wished_at_once_begins_at_once_after_the_clock_was_set_back() -> None:
    run = _run(created_at=NOW + DAY, run_after=NOW + DAY)
    assert follow_clock(NOW) == 1
    assert _start(run) == NOW
    assert follow_clock(NOW + MINUTE) == 0


def test_what_waits_for_another_attempt_begins_at_once_too() -> None:
    run = _run(created_at=NOW - DAY, run_after=NOW + DAY, started_at=NOW + DAY - MINUTE)
    assert follow_clock(NOW) == 1
    assert _start(run) == NOW


def test_the_clock_is_looked_after_when_it_goes_back_and_now_and_then() -> None:
    recover_tasks(NOW + DAY)
    run = _run(created_at=NOW + DAY, run_after=NOW + DAY)
    recover_tasks(NOW)
    assert _start(run) == NOW
    later = _run(created_at=NOW + DAY, run_after=NOW + DAY)
    recover_tasks(NOW + MINUTE / 2)
    assert _start(later) == NOW + DAY
    recover_tasks(NOW + MINUTE)
    assert _start(later) == NOW + MINUTE


def test_a_moment_that_was_given_stays() -> None:
    run = _run(created_at=NOW + DAY, run_after=NOW + DAY + MINUTE)
    assert follow_clock(NOW) == 0
    assert _start(run) == NOW + DAY + MINUTE


def test_while_the_clock_is_right_nothing_is_moved() -> None:
    waiting = _run(created_at=NOW, run_after=NOW + DAY)
    retried = _run(created_at=NOW - DAY, run_after=NOW + MINUTE, started_at=NOW)
    fast_clock = _run(
        created_at=NOW + timedelta(seconds=29),
        run_after=NOW + timedelta(seconds=29),
    )
    assert follow_clock(NOW) == 0
    assert _start(waiting) == NOW + DAY
    assert _start(retried) == NOW + MINUTE
    assert _start(fast_clock) == NOW + timedelta(seconds=29)


def test_a_lease_of_the_future_is_cut() -> None:
    run = _run(
        created_at=NOW + DAY,
        run_after=NOW + DAY,
        state=State.RUNNING,
        lease=uuid.uuid4(),
        lease_expires_at=NOW + DAY,
    )
    recover_tasks(NOW)
    run.refresh_from_db()
    assert run.lease_expires_at == NOW + timedelta(seconds=30)
    recover_tasks(NOW + timedelta(seconds=31))
    run.refresh_from_db()
    assert (run.state, run.interruptions) == (State.READY, 1)
