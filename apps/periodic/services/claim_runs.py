"""Take the due runs of one page for one pass of one worker."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from ...core.bulk import update_rows
from ...core.models import State
from ..models import Job, JobRun, Page
from ..schedule import CatchUp, ScheduleError, plan_due
from .schedule_job import Windows, schedule_of, set_next_due

_CLAIM_FIELDS = ("state", "attempt", "lease", "lease_expires_at", "started_at")


@dataclass(frozen=True)
class Claim:
    """The runs of one pass, held under one lease; the runs' ``job`` is loaded."""

    page: Page
    lease: uuid.UUID
    runs: list[JobRun]


def claim_runs(page_id: int, *, now: datetime, only: Iterable[int] | None = None) -> Claim:
    """Claim what is due on this page; a run that another worker holds is not in the claim.

    ``only``: primary keys of the jobs to look at. Each due time of a job gets one run, by a unique
    constraint; a job whose run waits or runs gets no other. A schedule that cannot be read is passed over.
    """
    lease = uuid.uuid4()
    with transaction.atomic():
        # The lock makes the claims of a page follow each other, so that what is read here stays true.
        page = Page.objects.select_for_update(no_key=True).get(pk=page_id)
        jobs = Job.objects.filter(page=page)
        if only is not None:
            jobs = jobs.filter(pk__in=only)
        active = list(JobRun.objects.active().filter(job__in=jobs).order_by().values_list("job_id", "state"))
        waiting = _claim_waiting(jobs, lease, now) if any(state == State.READY for _, state in active) else []
        due = _claim_due(page, jobs, {job for job, _ in active}, lease, now) if page.enabled else []
    runs = sorted(waiting + due, key=lambda run: run.job_id)
    for run in runs:
        run.job.page = page
    return Claim(page, lease, runs)


def _claim_waiting(jobs: QuerySet[Job], lease: uuid.UUID, now: datetime) -> list[JobRun]:
    """Runs by hand, retries, and what a dead worker left."""
    runs = list(
        _locked(JobRun.objects.startable(now).filter(job__in=jobs))
        .filter(~Exists(JobRun.objects.filter(job=OuterRef("job"), state=State.RUNNING)))
        .select_related("job")
        .order_by("due_at")
    )
    first_of_job = list({run.job_id: run for run in reversed(runs)}.values())
    for run in first_of_job:
        run.claim(lease, now=now)
    update_rows(first_of_job, _CLAIM_FIELDS)
    return first_of_job


def _claim_due(
    page: Page, jobs: QuerySet[Job], busy: Collection[int], lease: uuid.UUID, now: datetime
) -> list[JobRun]:
    """Runs of the schedule; ``busy`` are the jobs with a run that waits or runs."""
    due_jobs = _locked(jobs.filter(enabled=True, wake_at__lte=now).order_by())
    due_jobs = [job for job in due_jobs if job.pk not in busy]
    if not due_jobs:
        return []
    window_end = Windows().end(page.pk, now)
    if window_end is not None:
        for job in due_jobs:
            job.wake_at = window_end
        update_rows(due_jobs, ["wake_at"])
        return []
    runs = [run for job in due_jobs if (run := _plan(job, lease, now)) is not None]
    JobRun.objects.bulk_create(runs)
    update_rows(due_jobs, ["next_due", "wake_at"])
    return runs


def _plan(job: Job, lease: uuid.UUID, now: datetime) -> JobRun | None:
    """Advance the job past its due time and return the run for it."""
    assert job.next_due is not None
    try:
        plan = plan_due(schedule_of(job), job.next_due, now, CatchUp(job.catch_up), limit=1)
    except ScheduleError:
        set_next_due(job, None)
        return None
    set_next_due(job, plan.next_due)
    if not plan.due:
        return None
    run = JobRun(job=job, due_at=plan.due[0], run_after=plan.due[0], created_at=now)
    run.claim(lease, now=now)
    return run


def _locked(rows: QuerySet) -> QuerySet:  # type: ignore[type-arg]
    """Lock the rows where the database can; SQLite's transaction is the only writer anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows
