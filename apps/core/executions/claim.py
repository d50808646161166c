"""Take the runs that start next."""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import takewhile

from django.db import models

from ..bulk import lock_free_rows, update_rows
from ..cluster.work import Hint
from ..models import State, TaskRun
from ..prepared import Prepared

_REPEAT_S = 0.05
# One by one: each is a look at the head of an index, however many runs wait.
PRIORITIES = sorted(TaskRun.Priority, reverse=True)


def claim(limit: int, lease: uuid.UUID, *, now: datetime) -> list[TaskRun]:
    """Claim up to ``limit`` runs, the most urgent first; call it in a transaction.

    A run that may start once only is claimed alone: no other run's fault shall end its one attempt.
    """
    runs: list[TaskRun] = []
    for priority in PRIORITIES:
        runs += _next_runs(now, priority, limit - len(runs))
        if len(runs) == limit:
            break
    runs = runs[:1] if runs and runs[0].at_most_once else list(takewhile(_may_share, runs))
    for run in runs:
        run.claim(lease, now=now)
    update_rows(runs, TaskRun.CLAIM_FIELDS, only_if={"state": State.READY})
    return runs


def find_startable(now: datetime, *, limit: int) -> list[Hint]:
    """Return a hint for each of the first runs; a worker that takes one takes what starts next.

    It is repeated soon: a run may come back as it was, and what is one too many finds nothing to do.
    """
    rows = _first_runs(now, limit)
    return [Hint(key=run.pk, token=str(run.attempt), repeat_after_s=_REPEAT_S) for run in rows]


def next_start(now: datetime) -> datetime | None:
    """Return when the next of the runs may start that may not yet."""
    return next((run.run_after for run in _next_waiting(now)), None)


def _may_share(run: TaskRun) -> bool:
    return not run.at_most_once


def _build_next_runs(now: datetime, priority: int, limit: int) -> models.QuerySet[TaskRun]:
    rows = TaskRun.objects.startable(now).filter(priority=priority).order_by("run_after", "pk")
    return lock_free_rows(rows)[:limit]


def _build_first_runs(now: datetime, limit: int) -> models.QuerySet[TaskRun]:
    return TaskRun.objects.startable(now).order_by("run_after").only("attempt")[:limit]


def _build_next_waiting(now: datetime) -> models.QuerySet[TaskRun]:
    waiting = TaskRun.objects.filter(state=State.READY, run_after__gt=now)
    return waiting.order_by("run_after").only("run_after")[:1]


_next_runs = Prepared(TaskRun, _build_next_runs)
_first_runs = Prepared(TaskRun, _build_first_runs)
_next_waiting = Prepared(TaskRun, _build_next_waiting)
