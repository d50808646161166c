from __future__ import annotations

import threading
import uuid

import pytest
from django.db import transaction

from smallweb.core.executions.claim import claim, find_startable, next_start
from smallweb.core.models import State, TaskRun
from smallweb.core.write_turn import write_turn
from tests.core.executions.conftest import NOW, fresh, make_run, meanwhile, seconds

pytestmark = pytest.mark.django_db(transaction=True)


def _claimed(limit: int = 10) -> list[TaskRun]:
    with transaction.atomic():
        return claim(limit, uuid.uuid4(), now=NOW)


def test_the_urgent_come_first_then_the_oldest_then_who_came_first() -> None:
    low = make_run(priority=-1, run_after=NOW - seconds(9))
    second, third = make_run(run_after=NOW - seconds(1)), make_run(run_after=NOW - seconds(1))
    first = make_run(run_after=NOW - seconds(2))
    urgent = make_run(priority=1)
    assert _claimed() == [urgent, first, second, third, low]


def test_a_claimed_run_says_who_holds_it() -> None:
    run = make_run()
    lease = uuid.uuid4()
    with transaction.atomic():
        claim(1, lease, now=NOW)
    run = fresh(run)
    assert (run.state, run.attempt, run.lease, run.started_at) == (State.RUNNING, 1, lease, NOW)
    assert run.worker_pid
    assert run.holder
    assert run.lease_expires_at == NOW + seconds(30)
    assert _claimed() == []


def test_no_more_are_claimed_than_wanted() -> None:
    runs = [make_run(priority=1), make_run(), make_run()]
    assert _claimed(limit=2) == runs[:2]
    assert _claimed(limit=2) == runs[2:]


def test_what_may_not_start_yet_waits() -> None:
    make_run(run_after=NOW + seconds(0.001))
    for state in State.values:
        if state != State.READY:
            make_run(state=state)
    assert _claimed() == []
    assert find_startable(NOW, limit=9) == []


def test_a_run_that_may_start_once_is_claimed_alone() -> None:
    before, alone, after = make_run(), make_run(at_most_once=True), make_run()
    assert _claimed() == [before]
    assert _claimed() == [alone]
    assert _claimed() == [after]


def test_of_many_workers_each_run_goes_to_one() -> None:
    for _ in range(40):
        make_run()
    barrier = threading.Barrier(4)
    claimed: list[int] = []

    def work() -> None:
        barrier.wait()
        while True:
            with write_turn():
                runs = claim(3, uuid.uuid4(), now=NOW)
            if not runs:
                return
            claimed.extend(run.pk for run in runs)

    # Where one worker holds the rows, another finds none and leaves: what is left is for the last.
    for thread in [meanwhile(work) for _ in range(4)]:
        thread.join()
    work_left = TaskRun.objects.filter(state=State.READY).count()
    assert len(claimed) == len(set(claimed)) == 40 - work_left
    assert set(TaskRun.objects.values_list("attempt", flat=True)) <= {0, 1}


def test_hints_are_few_and_soon_repeated() -> None:
    first = make_run(run_after=NOW - seconds(1))
    make_run()
    (hint,) = find_startable(NOW, limit=1)
    assert (hint.key, hint.repeat_after_s) == (first.pk, 0.05)


def test_the_next_start_is_that_of_the_first_that_may_not_start_yet() -> None:
    assert next_start(NOW) is None
    make_run()
    assert next_start(NOW) is None
    make_run(run_after=NOW + seconds(9))
    make_run(run_after=NOW + seconds(5))
    make_run(run_after=NOW + seconds(1), state=State.CANCELLED)
    assert next_start(NOW) == NOW + seconds(5)
