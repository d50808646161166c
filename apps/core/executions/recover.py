"""Take back the runs of dead workers, and forget those that ended long ago."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta

from ..bulk import lock_free_rows, update_rows
from ..cluster.blame import is_bystander
from ..conf import core_settings
from ..models import TaskRun
from ..write_turn import write_turn
from .follow_clock import follow_clock
from .tell import tell_on_commit

_FOLLOW_EVERY_S = 60.0
_followed_at: datetime | None = None
_PRUNE_EVERY_S = 60.0
# Who works waits for no more than one portion; so much time is taken for them at each look.
_PORTION = 1000
_PRUNE_S = 0.2
_pruned_at: datetime | None = None


def recover_tasks(now: datetime, dead_tree: uuid.UUID | None = None) -> int:
    """Have runs whose lease is over, or whose process tree is dead, begin again; return how many."""
    _follow_clock_now_and_then(now)
    count = _take_back(now, dead_tree)
    _prune_now_and_then(now)
    return count


def _follow_clock_now_and_then(now: datetime) -> None:
    """At the start, when the clock has been set back since, and every minute."""
    global _followed_at
    if _followed_at is None or not timedelta() <= now - _followed_at < timedelta(seconds=_FOLLOW_EVERY_S):
        _followed_at = now
        follow_clock(now)


def _take_back(now: datetime, dead_tree: uuid.UUID | None) -> int:
    abandoned = TaskRun.objects.abandoned(now, dead_tree=dead_tree)
    if not abandoned.exists():
        return 0
    with write_turn():
        runs = list(lock_free_rows(abandoned.order_by("pk")))
        for run in runs:
            run.set_abandoned(now=now, is_bystander=bool(dead_tree) and is_bystander(run.worker_pid))
        update_rows(runs, TaskRun.END_FIELDS)
        tell_on_commit(runs)
    return len(runs)


def prune_tasks(now: datetime) -> int:
    """Delete runs that ended more than TASK_KEEP_DAYS ago, some at a time; return how many."""
    before = now - timedelta(days=core_settings().task_keep_days)
    old = TaskRun.objects.filter(finished_at__lt=before).order_by("finished_at").values_list("pk", flat=True)
    with write_turn():
        return TaskRun.objects.filter(pk__in=list(old[:_PORTION])).delete()[0]


def _prune_now_and_then(now: datetime) -> None:
    """Every minute, and at each look while more is old than one look takes."""
    global _pruned_at
    if _pruned_at is not None and abs((now - _pruned_at).total_seconds()) < _PRUNE_EVERY_S:
        return
    until = time.monotonic() + _PRUNE_S
    while prune_tasks(now) == _PORTION:
        if time.monotonic() >= until:
            return
    _pruned_at = now
