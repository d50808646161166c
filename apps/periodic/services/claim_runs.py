"""Take the due runs of one page for one pass of one worker."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from ...core.bulk import lock_free_rows, update_rows
from ...core.models import State
from ...core.write_turn import write_turn
from ..models import Job, JobRun, Page
from ..schedule import CatchUp, plan_due
from .announce_values import announce_runs
from .schedule_job import Windows, set_next_due
from .tell_results import tell_results

logger = logging.getLogger(__name__)

_PLAN_FIELDS = ("next_due", "wake_at")


@dataclass(frozen=True)
class Claim:
    """The runs of one pass, held under one lease; the runs' ``job`` and its page are loaded."""

    page: Page
    runs: list[JobRun] = field(default_factory=list)
    lease: uuid.UUID = field(default_factory=uuid.uuid4)


def claim_runs(page_id: int, *, now: datetime) -> Claim:
    """Claim what is due on this page; a job that another worker looks at or runs is not in the claim.

    Each due time of a job gets one run, and a job has one running run, by constraints of the
    database. A schedule that cannot be read ends as a failed run of its job and stops no other job.
    Raises Page.DoesNotExist.
    """
    claim = Claim(Page.objects.get(pk=page_id))
    with write_turn():
        jobs = _lock_candidates(claim.page, now)
        waiting = _waiting_runs(jobs)
        free = [job for job in jobs if not _is_busy(waiting[job.pk])]
        quiet_until = Windows().end(claim.page.pk, now) if free else None
        taken = [run for job in free if (run := _startable(waiting[job.pk], claim.page, quiet_until, now))]
        due = [job for job in free if not waiting[job.pk] and claim.page.enabled and _is_due(job, now)]
        if quiet_until is not None:
            _postpone(due, waiting, quiet_until, now)
        else:
            claim.runs.extend(_start_due(claim, due, now))
        _take(claim, taken, now)
    return claim


def claim_jobs(page_id: int, jobs: Iterable[Job], *, now: datetime) -> Claim:
    """Claim a run by hand of each of these jobs of the page, due or not; what runs already is left out."""
    claim = Claim(Page.objects.get(pk=page_id))
    with write_turn():
        rows = claim.page.jobs.filter(pk__in=[job.pk for job in jobs])
        locked = list(lock_free_rows(rows.exclude(_has_run(State.RUNNING))))
        busy = {
            pk for pk, runs in _waiting_runs(locked).items() if any(r.state == State.RUNNING for r in runs)
        }
        free = [job for job in locked if job.pk not in busy]
        runs = [new_run(job, now, JobRun.Trigger.MANUAL, now=now) for job in free]
        for run in runs:
            run.claim(claim.lease, now=now)
        JobRun.objects.bulk_create(runs)
        claim.runs.extend(_with_page(runs, claim.page))
    return claim


def new_run(job: Job, due_at: datetime, trigger: JobRun.Trigger, *, now: datetime) -> JobRun:
    """Return an unsaved run; it may be tried as often as the job says."""
    return JobRun(
        job=job,
        due_at=due_at,
        run_after=now,
        trigger=trigger,
        created_at=now,
        max_attempts=job.retries + 1,
    )


def _lock_candidates(page: Page, now: datetime) -> list[Job]:
    """Jobs that are due or have a run that may start, as far as no other worker looks at them now."""
    may_start = Exists(JobRun.objects.startable(now).filter(job=OuterRef("pk")))
    due = Q(enabled=True, wake_at__lte=now)
    rows = page.jobs.filter(due | Q(may_start)).exclude(_has_run(State.RUNNING))
    return list(lock_free_rows(rows.order_by("pk")))


def _has_run(state: State) -> Exists:
    return Exists(JobRun.objects.filter(job=OuterRef("pk"), state=state))


def _waiting_runs(jobs: Sequence[Job]) -> defaultdict[int, list[JobRun]]:
    """The runs of these jobs that wait or run, read after the jobs are locked, so that none is missed."""
    found: defaultdict[int, list[JobRun]] = defaultdict(list)
    by_key = {job.pk: job for job in jobs}
    for state in (State.READY, State.RUNNING):  # one by one: each has its partial index
        for run in JobRun.objects.filter(job__in=by_key, state=state).order_by("run_after", "pk"):
            run.job = by_key[run.job_id]
            found[run.job_id].append(run)
    return found


def _is_busy(runs: list[JobRun]) -> bool:
    return any(run.state == State.RUNNING for run in runs)


def _is_due(job: Job, now: datetime) -> bool:
    return job.enabled and job.wake_at is not None and job.wake_at <= now


def _startable(
    waiting: list[JobRun], page: Page, quiet_until: datetime | None, now: datetime
) -> JobRun | None:
    """The first run that may start; only a person's own wish starts on a page that is to be left alone."""
    is_open = page.enabled and quiet_until is None
    for run in waiting:
        if run.run_after <= now and (is_open or run.trigger == JobRun.Trigger.MANUAL):
            return run
    return None


def _postpone(due: list[Job], waiting: dict[int, list[JobRun]], until: datetime, now: datetime) -> None:
    """Look at all this again when the maintenance window ends."""
    for job in due:
        job.wake_at = until
    update_rows(due, ["wake_at"])
    runs = [run for runs in waiting.values() for run in runs if _waits_for_window(run, now)]
    for run in runs:
        run.run_after = until
    update_rows(runs, ["run_after"])


def _waits_for_window(run: JobRun, now: datetime) -> bool:
    return run.state == State.READY and run.run_after <= now and run.trigger != JobRun.Trigger.MANUAL


def _take(claim: Claim, runs: list[JobRun], now: datetime) -> None:
    for run in runs:
        run.claim(claim.lease, now=now)
    # One that was cancelled in this moment stays so; nothing that its call gives will be taken.
    update_rows(runs, JobRun.CLAIM_FIELDS, only_if={"state": State.READY})
    claim.runs.extend(_with_page(runs, claim.page))


def _start_due(claim: Claim, jobs: list[Job], now: datetime) -> list[JobRun]:
    """Move the jobs past their due times and return the runs for these, claimed."""
    runs = [run for job in jobs if (run := _plan(job, now)) is not None]
    done = set(
        JobRun.objects.filter(
            job__in=jobs, due_at__in={run.due_at for run in runs}, trigger=JobRun.Trigger.SCHEDULE
        ).values_list("job_id", "due_at")
    )
    # A clock or a schedule that was set back leads to due times that have had their run.
    runs = [run for run in runs if (run.job_id, run.due_at) not in done]
    good = [run for run in runs if run.state == State.READY]
    for run in good:
        run.claim(claim.lease, now=now)
    JobRun.objects.bulk_create(runs)
    update_rows(jobs, _PLAN_FIELDS)
    if unreadable := [run for run in runs if run.state == State.FAILED]:
        update_rows([run.job for run in unreadable], Job.RESULT_FIELDS)
        _tell_unreadable(claim.page, unreadable)
    return _with_page(good, claim.page)


def _plan(job: Job, now: datetime) -> JobRun | None:
    """Move the job past its due time and return the run for it, failed if its schedule cannot be read."""
    assert job.next_due is not None
    try:
        plan = plan_due(job.schedule(), job.next_due, now, CatchUp(job.catch_up), limit=1)
    except Exception as error:  # a row may hold anything; it must stop no other job of the page
        logger.exception("job=%s has a schedule that cannot be read: it is due no more", job.name)
        run = new_run(job, job.next_due, JobRun.Trigger.SCHEDULE, now=now)
        run.set_failed(f"The schedule cannot be read, correct it: {error}", now=now)
        job.record_result(run.state, at=now, value=None)
        set_next_due(job, None)
        return run
    set_next_due(job, plan.next_due)
    return new_run(job, plan.due[0], JobRun.Trigger.SCHEDULE, now=now) if plan.due else None


def _tell_unreadable(page: Page, runs: list[JobRun]) -> None:
    announce_runs(page, runs)
    transaction.on_commit(lambda: tell_results(runs), robust=True)


def _with_page(runs: list[JobRun], page: Page) -> list[JobRun]:
    for run in runs:
        run.job.page = page
    return runs
