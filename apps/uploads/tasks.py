"""Uploads as a source of work for the task workers: they put away what is over."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta

from ..core.cluster import WorkSource
from ..core.cluster.work import Hint
from .services.sweep import sweep, sweep_orphans

EVERY = timedelta(minutes=1)
ORPHANS_EVERY = timedelta(hours=1)

_last: dict[object, datetime] = {}
_lock = threading.Lock()


def recover(now: datetime, dead_tree: uuid.UUID | None = None) -> int:
    """Put away what is over, at most once a minute in a process. Nothing is taken back from dead workers: a
    handler's run is core's.
    """
    if _is_time(sweep, now, EVERY):
        sweep(now)
    if _is_time(sweep_orphans, now, ORPHANS_EVERY):
        sweep_orphans(now)
    return 0


def _is_time(what: object, now: datetime, every: timedelta) -> bool:
    with _lock:
        last = _last.get(what)
        if last is not None and last <= now < last + every:
            return False
        _last[what] = now
        return True


def _nothing_due(now: datetime) -> list[Hint]:
    return []


def _never(now: datetime) -> None:
    return None


def _nothing_to_run(key: int) -> None:
    pass


sweep_work = WorkSource(
    name="uploads",
    origin="smallweb.uploads",
    find=_nothing_due,
    next_at=_never,
    run=_nothing_to_run,
    recover=recover,
)
