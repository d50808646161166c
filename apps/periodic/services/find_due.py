"""What is due, and when the next is."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from ...core.cluster.work import Hint
from ...core.models import State
from ..models import Job, JobRun


def find_due_pages(now: datetime) -> list[Hint]:
    """One hint for each page that has something due."""
    due = Job.objects.due(now).idle().order_by("wake_at").values_list("page_id", "wake_at")
    may_run = Q(trigger=JobRun.Trigger.MANUAL) | Q(job__page__enabled=True)
    waiting = JobRun.objects.startable(now).filter(may_run).order_by("run_after")
    first: dict[int, datetime] = {}
    # Grouped here: a database that groups reads every job of a page instead of the due ones.
    for page, at in [*due, *waiting.values_list("job__page_id", "run_after")]:
        if at is not None:
            first[page] = min(at, first.get(page, at))
    return [Hint(key=page, token=str(at)) for page, at in sorted(first.items(), key=lambda item: item[1])]


def next_due_at(now: datetime) -> datetime | None:
    """When the next job or retry is due; one look at an index each."""
    jobs = Job.objects.live().filter(wake_at__gt=now).order_by("wake_at").values_list("wake_at", flat=True)
    runs = JobRun.objects.filter(state=State.READY, run_after__gt=now).order_by("run_after")
    times = [jobs.first(), runs.values_list("run_after", flat=True).first()]
    return min((at for at in times if at is not None), default=None)
