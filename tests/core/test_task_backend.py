from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from smallweb.core.exceptions import BadArguments
from smallweb.core.executions.control import cancel
from smallweb.core.invoke import worker_host
from smallweb.core.models import TaskRun
from tests.host import tasks
from tests.host.tasks import (
    InvalidTask,
    TaskResultDoesNotExist,
    TaskResultStatus,
    default_task_backend,
    task_enqueued,
    task_finished,
    task_started,
)
from tests.workers import run_all_tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_child() -> None:
    """One that has looked into no other test's database."""
    worker_host.close()


def test_a_task_of_djangos_runs_and_gives_its_result() -> None:
    result = tasks.add.enqueue(2, b=3)
    assert result.status == TaskResultStatus.READY
    assert (result.args, result.kwargs, result.attempts) == ([2], {"b": 3}, 0)
    run_all_tasks()
    result.refresh()
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, 5, 1)
    assert result.started_at is not None
    assert result.finished_at is not None
    assert tasks.add.get_result(result.id).return_value == 5


async def test_a_coroutine_runs_and_is_enqueued_from_one() -> None:
    from asgiref.sync import sync_to_async

    result = await tasks.add_later.aenqueue(1, 1)
    await sync_to_async(run_all_tasks)()
    await result.arefresh()
    await sync_to_async(connections.close_all)()
    returned: Any = result.return_value
    assert returned == 2


def test_the_context_is_djangos_own() -> None:
    result = tasks.tell_attempt.enqueue("so")
    run_all_tasks()
    result.refresh()
    assert result.return_value == ["so", 1, "RUNNING"]


def test_a_failure_is_told_with_its_class_and_is_not_retried() -> None:
    result = tasks.fail.enqueue()
    run_all_tasks()
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    (error,) = result.errors
    assert error.exception_class is tasks.Unlucky
    assert 'raise Unlucky("today")' in error.traceback
    with pytest.raises(ValueError, match="failed"):
        result.return_value  # noqa: B018


def test_what_was_cancelled_counts_as_failed() -> None:
    result = tasks.add.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1)
    cancel(TaskRun.objects.get(uuid=result.id), now=timezone.now())
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert result.is_finished


def test_wishes_reach_the_row() -> None:
    later = timezone.now() + timedelta(hours=1)
    result = tasks.add.using(priority=-7, run_after=later, queue_name="other").enqueue(1)
    run = TaskRun.objects.get(uuid=result.id)
    assert (run.priority, run.run_after, run.max_attempts) == (TaskRun.Priority.LOW, later, 1)
    urgent = TaskRun.objects.get(uuid=tasks.add_later.enqueue(1).id)
    assert urgent.priority == TaskRun.Priority.HIGH


def test_nothing_is_enqueued_by_a_transaction_that_rolls_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tasks.add.enqueue(1)
        1 / 0  # noqa: B018
    assert not TaskRun.objects.exists()


def test_djangos_signals_are_sent() -> None:
    seen: list[str] = []

    def note(signal: Any, task_result: Any, **kwargs: Any) -> None:
        seen.append(f"{names[signal]} {task_result.status}")

    names = {task_enqueued: "enqueued", task_started: "started", task_finished: "finished"}
    for signal in names:
        signal.connect(note)
    try:
        tasks.add.enqueue(1)
        run_all_tasks()
    finally:
        for signal in names:
            signal.disconnect(note)
    assert seen == ["enqueued READY", "started RUNNING", "finished SUCCESSFUL"]


@pytest.mark.parametrize("result_id", ["no uuid", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_id_is_refused(result_id: str) -> None:
    with pytest.raises(TaskResultDoesNotExist):
        default_task_backend.get_result(result_id)


def test_what_cannot_run_is_refused_where_it_is_wished() -> None:
    with pytest.raises(BadArguments):
        tasks.add.enqueue(object())  # type: ignore[arg-type]
    with pytest.raises(InvalidTask):
        tasks.add.using(priority=1000)
