"""Make runs: rows of the caller's transaction, seen by workers when it commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..cluster import ring_workers
from ..conf import core_settings
from ..exceptions import BadArguments
from ..models import TaskRun
from ..text import storable
from ..write_turn import write_turn
from .registry import Task


def enqueue(task: Task[Any, Any], calls: Sequence[dict[str, Any]]) -> list[TaskRun]:
    """Store one run of the task for each of these checked arguments and wake the workers on commit."""
    if task.key is not None:
        if len(calls) > 1:
            raise BadArguments(f"The key {task.key!r:.80} names one run; {len(calls)} are wished for.")
        return [_enqueue_once(task, call) for call in calls]
    runs = [_new_run(task, call) for call in calls]
    with write_turn():
        _store(runs)
    return runs


def _enqueue_once(task: Task[Any, Any], call: dict[str, Any]) -> TaskRun:
    same = TaskRun.objects.filter(task=task.name, key=task.key)
    run = same.first()
    if run is not None:
        return run
    run = _new_run(task, call)
    try:
        with transaction.atomic():
            _store([run])
    except IntegrityError:  # another process was quicker by a moment
        quicker = same.first()
        if quicker is None:
            raise
        return quicker
    return run


def _store(runs: list[TaskRun]) -> None:
    if len(runs) == 1:
        runs[0].save(force_insert=True)
    else:
        TaskRun.objects.bulk_create(runs, batch_size=500)
    ring_workers()


def _new_run(task: Task[Any, Any], arguments: dict[str, Any]) -> TaskRun:
    settings = core_settings()
    most = settings.task_max_attempts if task.max_attempts is None else task.max_attempts
    return TaskRun(
        task=task.name,
        arguments=arguments,
        run_after=_moment(task.run_after, timezone.now()),
        priority=TaskRun.Priority[task.priority.upper()],
        key=task.key,
        owner=_user(task),
        origin=storable(task.because[:250]),
        timeout_s=settings.task_timeout_s if task.timeout_s is None else task.timeout_s,
        max_attempts=1 if task.at_most_once else most,
        at_most_once=task.at_most_once,
    )


def _user(task: Task[Any, Any]) -> Any:
    """Return the owner; somebody who is not logged in is nobody."""
    if task.owner is not None and not hasattr(task.owner, "pk"):
        raise BadArguments(f"owner={task.owner!r:.80} of {task.name}: it must be a user, as request.user.")
    return task.owner if getattr(task.owner, "pk", None) is not None else None


def _moment(after: datetime | timedelta | None, now: datetime) -> datetime:
    if after is None:
        return now
    if isinstance(after, timedelta):
        try:
            return now + after
        except OverflowError as error:
            raise BadArguments(f"run_after={after!r} leads out of the calendar.") from error
    if timezone.is_naive(after):
        raise BadArguments(f"run_after={after!r} has no time zone; use django.utils.timezone.")
    return after
