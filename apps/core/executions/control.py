"""What people do with runs: cancel, and run again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ..cluster import ring_workers
from ..models import State, TaskRun
from ..text import storable
from .registry import tasks
from .tell import announce, tell_on_commit

RETRIABLE = (State.SUCCESSFUL, State.FAILED, State.LOST, State.CANCELLED)


@transaction.atomic
def cancel(run: TaskRun, *, now: datetime) -> TaskRun:
    """End a run that waits at once, one that runs within a second or two; return it as it is now.

    A running function is interrupted, and killed a second later. What has ended stays as it is.
    """
    row = TaskRun.objects.select_for_update().get(pk=run.pk)
    was_active = row.is_active
    row.request_cancel(now=now)
    row.save(update_fields=[*TaskRun.END_FIELDS, "cancel_requested_at"])
    if was_active and not row.is_active:
        tell_on_commit([row])
    announce(always=True)
    return row


@transaction.atomic
def run_again(
    run: TaskRun, *, now: datetime, arguments: Mapping[str, Any] | None = None, because: str = ""
) -> TaskRun:
    """Make a new run like this one, with today's code, and other arguments if given.

    Raises NotRegistered, BadArguments.
    """
    task = tasks.get(run.task)
    again = TaskRun(
        task=run.task,
        arguments=task.parameters.check(run.arguments if arguments is None else arguments),
        run_after=now,
        priority=run.priority,
        owner_id=run.owner_id,
        origin=storable(because[:250]) or f"again: run {run.pk}",
        timeout_s=run.timeout_s,
        max_attempts=run.max_attempts,
        at_most_once=run.at_most_once,
    )
    again.save(force_insert=True)
    ring_workers()
    announce(always=True)
    return again
