"""Periodic as a source of work for the task workers."""

from __future__ import annotations

import uuid
from datetime import datetime

from ..core.cluster import WorkSource
from .services.find_due import find_due_pages, next_due_at
from .services.follow_clock import follow_clock
from .services.recover_runs import recover_runs
from .services.run_page import run_page
from .services.sweep_sites import sweep_sites


def recover(now: datetime, dead_tree: uuid.UUID | None = None) -> int:
    """Take back what dead workers hold in the database, and what they left on the disk."""
    sweep_sites(now)
    follow_clock(now)
    return recover_runs(now, dead_tree)


page_work = WorkSource(
    name="periodic",
    origin="smallweb.periodic",
    find=find_due_pages,
    next_at=next_due_at,
    run=run_page,
    recover=recover,
)
