"""Periodic as a source of work for the task workers."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from ..core.cluster.work import Hint, WorkSource
from .models import Job, JobRun
from .services.run_page import run_page


def find_due_pages(now: datetime) -> list[Hint]:
    """One hint for each page that has something due."""
    # Grouped here: for a GROUP BY SQLite would read all jobs by page instead of the few by time.
    due = Job.objects.due(now).idle().order_by().values_list("wake_at", "page_id")
    waiting = JobRun.objects.startable(now).order_by().values_list("run_after", "job__page_id")
    since: dict[int, datetime] = {}
    for at, page in [*due, *waiting]:
        since[page] = min(at, since.get(page, at))
    return [Hint(key=page, token=str(at)) for page, at in sorted(since.items(), key=lambda item: item[1])]


def next_due_at(now: datetime) -> datetime | None:
    """When the next job or retry is due."""
    times = [
        Job.objects.live().filter(wake_at__gt=now).aggregate(at=Min("wake_at"))["at"],
        JobRun.objects.filter(state="READY", run_after__gt=now).aggregate(at=Min("run_after"))["at"],
    ]
    return min((at for at in times if at is not None), default=None)


def recover(now: datetime) -> int:
    """Take back the runs of dead workers."""
    return JobRun.objects.recover_abandoned(now)


def run_due_page(key: int) -> None:
    run_page(key)


page_work = WorkSource(
    name="periodic",
    origin="smallweb.periodic",
    find=find_due_pages,
    next_at=next_due_at,
    run=run_due_page,
    recover=recover,
)
