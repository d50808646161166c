"""Tasks as a source of work for the workers."""

from __future__ import annotations

from datetime import datetime

from ..cluster.slots import count_free_slots
from ..cluster.work import Hint, WorkSource
from .claim import find_startable, next_start
from .recover import recover_tasks
from .run import run_tasks


def find(now: datetime) -> list[Hint]:
    """Return what may start, as far as this cluster may run it now; who frees a slot rings."""
    free = count_free_slots()
    return find_startable(now, limit=free) if free else []


task_work = WorkSource(
    name="tasks",
    origin="smallweb.core",
    find=find,
    next_at=next_start,
    run=run_tasks,
    recover=recover_tasks,
)
