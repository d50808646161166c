"""Periodic as a source of work for the task workers."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from ..core.cluster.work import Hint, WorkSource
from .models import Job, JobRun
from .services.run_page import run_page


def find_due_pages(now: datetime) -> list[Hint]:
    """One hint for each page that has something due."""
    due = dict(Job.objects.due(now).idle().values_list("page_id").annotate(Min("wake_at")))
    waiting = dict(JobRun.objects.startable(now).values_list("job__page_id").annotate(Min("run_after")))
    times = [(min(times), page) for page in {*due, *waiting} if (times := _times(page, due, waiting))]
    return [Hint(key=page, token=str(at)) for at, page in sorted(times)]


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


def _times(page: int, *found: dict[int, datetime]) -> list[datetime]:
    return [times[page] for times in found if page in times]


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
