"""Tasks as a source of work for the workers."""

from __future__ import annotations

from datetime import datetime

from django_q.conf import Conf

from ..cluster.work import Hint, WorkSource
from .claim import find_startable, next_start
from .recover import recover_tasks
from .run import run_tasks


def find(now: datetime) -> list[Hint]:
    return find_startable(now, limit=Conf.WORKERS)


task_work = WorkSource(
    name="tasks",
    origin="smallweb.core",
    find=find,
    next_at=next_start,
    run=run_tasks,
    recover=recover_tasks,
)
