"""What is due, and when the next is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import models
from django.db.models import Q

from ...core.cluster.work import Hint
from ...core.models import State
from ...core.prepared import Prepared
from ..models import Job, JobRun


def find_due_pages(now: datetime) -> list[Hint]:
    """One hint for each page that has something due."""
    first: dict[int, datetime] = {}
    # Grouped here: a database that groups reads every job of a page instead of the due ones.
    due = [(job.page_id, job.wake_at) for job in _due_jobs(now)]
    waiting = _waiting_runs(now)
    pages = _pages_of(waiting) if waiting else {}
    for page, at in [*due, *((pages[run.job_id], run.run_after) for run in waiting if run.job_id in pages)]:
        if at is not None:
            first[page] = min(at, first.get(page, at))
    return [Hint(key=page, token=str(at)) for page, at in sorted(first.items(), key=lambda item: item[1])]


def _pages_of(runs: Sequence[JobRun]) -> dict[int, int]:
    jobs = Job.objects.filter(pk__in={run.job_id for run in runs})
    return dict(jobs.values_list("pk", "page_id"))


def next_due_at(now: datetime) -> datetime | None:
    """When the next job or retry is due; one look at an index each."""
    times = [*(job.wake_at for job in _next_jobs(now)), *(run.run_after for run in _next_runs(now))]
    return min((at for at in times if at is not None), default=None)


def _build_due_jobs(now: datetime) -> models.QuerySet[Job]:
    return Job.objects.due(now).idle().order_by("wake_at").only("page_id", "wake_at")


def _build_waiting_runs(now: datetime) -> models.QuerySet[JobRun]:
    may_run = Q(trigger=JobRun.Trigger.MANUAL) | Q(job__page__enabled=True)
    return JobRun.objects.startable(now).filter(may_run).order_by("run_after").only("job_id", "run_after")


def _build_next_jobs(now: datetime) -> models.QuerySet[Job]:
    return Job.objects.live().filter(wake_at__gt=now).order_by("wake_at").only("wake_at")[:1]


def _build_next_runs(now: datetime) -> models.QuerySet[JobRun]:
    return (
        JobRun.objects.filter(state=State.READY, run_after__gt=now)
        .order_by("run_after")
        .only("run_after")[:1]
    )


_due_jobs = Prepared(Job, _build_due_jobs)
_waiting_runs = Prepared(JobRun, _build_waiting_runs)
_next_jobs = Prepared(Job, _build_next_jobs)
_next_runs = Prepared(JobRun, _build_next_runs)
