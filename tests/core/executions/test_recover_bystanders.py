from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smallweb.core.cluster.blame import blame, blame_nobody
from smallweb.core.executions.recover import recover_tasks
from smallweb.core.models import State, TaskRun
from smallweb.core.models.execution import MAX_INTERRUPTIONS
from smallweb.core.processes import PROCESS_TREE

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_afterwards() -> Iterator[None]:
    yield
    blame_nobody()


def _running(worker_pid: int, **values: Any) -> TaskRun:
    lasts_until = NOW + timedelta(seconds=20)
    basics = {
        "task": "t", "run_after": NOW, "timeout_s": 1, "state": State.RUNNING, "attempt": MAX_INTERRUPTIONS,
        "interruptions": MAX_INTERRUPTIONS - 1, "lease": uuid.uuid4(), "holder": PROCESS_TREE,
        "lease_expires_at": lasts_until,
    }  # fmt: skip
    return TaskRun.objects.create(worker_pid=worker_pid, **{**basics, **values})


def _state(run: TaskRun) -> str:
    run.refresh_from_db()
    return run.state


def test_only_the_run_of_the_worker_that_was_killed_may_be_lost() -> None:
    culprit, bystander = _running(5), _running(6)
    blame(5)
    assert recover_tasks(NOW, PROCESS_TREE) == 2
    assert (_state(culprit), _state(bystander)) == (State.LOST, State.READY)
    assert bystander.interruptions == MAX_INTERRUPTIONS
    assert bystander.run_after == NOW


def test_a_bystander_that_may_start_once_only_is_lost_all_the_same() -> None:
    bystander = _running(6, at_most_once=True)
    blame(5)
    recover_tasks(NOW, PROCESS_TREE)
    assert _state(bystander) == State.LOST


def test_a_lease_that_is_over_is_told_from_a_tree_that_ended() -> None:
    run = _running(6, lease_expires_at=NOW - timedelta(seconds=1))
    blame(5)
    recover_tasks(NOW)
    assert _state(run) == State.LOST
