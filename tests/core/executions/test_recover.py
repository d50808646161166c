from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from smallweb.core.executions import recover as recover_module
from smallweb.core.executions.claim import claim
from smallweb.core.executions.recover import prune_tasks, recover_tasks
from smallweb.core.models import State, TaskRun
from smallweb.core.models.execution import LEASE_S, MAX_INTERRUPTIONS
from smallweb.core.processes import PROCESS_TREE
from smallweb.core.signals import run_failed
from tests.core.executions.conftest import NOW, fresh, make_run, seconds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recover_module, "_pruned_at", None)


@pytest.fixture
def told() -> Iterator[list[TaskRun]]:
    told: list[TaskRun] = []

    def receive(run: TaskRun, **kwargs: Any) -> None:
        told.append(run)

    run_failed.connect(receive)
    yield told
    run_failed.disconnect(receive)


def _running(**fields: Any) -> TaskRun:
    run = make_run(**fields)
    with transaction.atomic():
        claim(1, uuid.uuid4(), now=NOW)
    return fresh(run)


def test_a_run_begins_again_when_its_lease_is_over() -> None:
    run = _running(max_attempts=1)
    assert recover_tasks(NOW + seconds(LEASE_S)) == 0
    assert recover_tasks(NOW + seconds(LEASE_S + 1)) == 1
    run = fresh(run)
    assert (run.state, run.attempt, run.interruptions, run.lease) == (State.READY, 1, 1, None)
    assert run.run_after == NOW + seconds(LEASE_S + 1)
    assert run.error == "The worker died while it ran this (attempt 1)."
    assert run.earlier_attempts[0]["attempt"] == 1


def test_what_a_dead_tree_held_begins_again_at_once() -> None:
    run = _running()
    assert recover_tasks(NOW, uuid.uuid4()) == 0
    assert recover_tasks(NOW, PROCESS_TREE) == 1
    assert fresh(run).state == State.READY


def test_deaths_of_workers_are_no_failures_of_the_function() -> None:
    run = _running(max_attempts=1)
    recover_tasks(NOW, PROCESS_TREE)
    assert fresh(run).may_retry


def test_a_run_that_outlives_some_workers_waits_longer_each_time() -> None:
    for interruptions, delay_s in [(0, 0), (2, 0), (3, 1), (4, 2), (8, 32)]:
        run = _running(interruptions=interruptions, attempt=interruptions)
        recover_tasks(NOW, PROCESS_TREE)
        assert fresh(run).run_after == NOW + seconds(delay_s)
        fresh(run).delete()


def test_a_run_that_was_asked_to_end_is_cancelled() -> None:
    run = _running(cancel_requested_at=NOW, at_most_once=True)
    recover_tasks(NOW, PROCESS_TREE)
    assert fresh(run).state == State.CANCELLED


@pytest.mark.parametrize(
    "fields", [{"at_most_once": True}, {"interruptions": MAX_INTERRUPTIONS - 1, "attempt": 9}]
)
def test_a_run_that_must_not_begin_again_is_lost_and_that_is_told(
    fields: dict[str, Any], told: list[TaskRun]
) -> None:
    run = _running(**fields)
    recover_tasks(NOW, PROCESS_TREE)
    run = fresh(run)
    assert (run.state, run.finished_at) == (State.LOST, NOW)
    assert run.error.startswith("The worker died")
    assert [(one.pk, one.state) for one in told] == [(run.pk, State.LOST)]


def test_others_are_left_alone() -> None:
    runs = [make_run(state=state, lease_expires_at=NOW) for state in State.values if state != State.RUNNING]
    assert recover_tasks(NOW + timedelta(days=1)) == 0
    assert [fresh(run).state for run in runs] == [run.state for run in runs]


def test_what_ended_long_ago_is_forgotten_and_what_is_active_is_kept() -> None:
    old = NOW - timedelta(days=7, seconds=1)
    for state in (State.SUCCESSFUL, State.FAILED, State.LOST, State.CANCELLED):
        make_run(state=state, finished_at=old)
    kept = [
        make_run(state=State.SUCCESSFUL, finished_at=NOW - timedelta(days=6)),
        make_run(run_after=NOW - timedelta(days=100)),
        make_run(state=State.RUNNING, lease_expires_at=NOW + seconds(9), started_at=old),
    ]
    recover_tasks(NOW)
    assert set(TaskRun.objects.all()) == set(kept)


def _old(count: int) -> None:
    old = NOW - timedelta(days=8)
    rows = (
        TaskRun(task="t", run_after=old, timeout_s=1, state=State.FAILED, finished_at=old)
        for _ in range(count)
    )
    TaskRun.objects.bulk_create(rows)


def test_the_oldest_are_forgotten_first_a_portion_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recover_module, "_PORTION", 3)
    _old(4)
    oldest = make_run(state=State.FAILED, finished_at=NOW - timedelta(days=9))
    assert prune_tasks(NOW) == 3
    assert TaskRun.objects.count() == 2
    assert not TaskRun.objects.filter(pk=oldest.pk).exists()


def test_one_look_forgets_as_much_as_its_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recover_module, "_PORTION", 3)
    monkeypatch.setattr(recover_module, "_PRUNE_S", 0.0)
    _old(7)
    for left in (4, 1, 0):  # at each look, until there is no more
        recover_tasks(NOW)
        assert TaskRun.objects.count() == left


def test_then_it_looks_once_a_minute() -> None:
    recover_tasks(NOW)
    _old(1)
    recover_tasks(NOW + seconds(59))
    assert TaskRun.objects.count() == 1
    recover_tasks(NOW + seconds(60))
    assert TaskRun.objects.count() == 0


def test_a_clock_that_was_set_back_does_not_stop_it() -> None:
    recover_tasks(NOW + timedelta(days=3))
    _old(1)
    recover_tasks(NOW)
    assert TaskRun.objects.count() == 0
