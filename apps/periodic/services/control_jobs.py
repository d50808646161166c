"""What operators do with jobs: run now, pause, resume, skip, clone, retry, reset."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from django.db import transaction

from ...core.cluster import ring_workers
from ...core.models import State
from ..models import Job, JobRun
from .announce_values import announce_runs
from .claim_runs import new_run
from .schedule_job import DUE_FIELDS, SCHEDULE_FIELDS, resume_schedule, skip_next, start_schedule
from .tell_results import tell_results

RETRIABLE = (State.FAILED, State.LOST, State.CANCELLED)


def run_now(job: Job, *, now: datetime) -> JobRun:
    """Queue a run beside the schedule, also of a paused job; it begins when a running one has ended."""
    run = new_run(job, now, JobRun.Trigger.MANUAL, now=now)
    run.save()
    ring_workers()
    return run


def pause(job: Job) -> None:
    """Have the job wait until it is resumed; a run that has begun goes on."""
    job.enabled = False
    job.save(update_fields=["enabled"])


def resume(job: Job, *, now: datetime) -> None:
    """Go on with the next due time; what was missed while paused stays missed."""
    job.enabled = True
    resume_schedule(job, now=now)
    job.save(update_fields=["enabled", *DUE_FIELDS])
    ring_workers()


def skip(job: Job) -> None:
    """Leave out the next due time."""
    skip_next(job)
    job.save(update_fields=DUE_FIELDS)
    ring_workers()


def reschedule(job: Job, *, now: datetime) -> None:
    """Begin the schedule anew after its fields were edited; a running run goes on."""
    start_schedule(job, now=now)
    job.save(update_fields=DUE_FIELDS)
    ring_workers()


def clone(job: Job) -> Job:
    """Make a paused copy for a person to finish."""
    copy = Job.objects.get(pk=job.pk)
    copy.pk = None
    copy._state.adding = True
    copy.name = _free_name(job.name)
    copy.enabled = copy.in_code = False
    copy.code_defaults = {}
    copy.next_due = copy.wake_at = copy.last_run_at = None
    copy.last_value = copy.last_state = ""
    copy.failures_in_row = 0
    copy.save()
    return copy


def retry(run: JobRun, *, now: datetime) -> JobRun:
    """Queue the job of a failed run again, with today's code. Raises ValueError if it did not fail."""
    if run.state not in RETRIABLE:
        raise ValueError(f"Run {run.pk} is {run.get_state_display()}; only a failed run can be retried.")
    return run_now(run.job, now=now)


def cancel(run: JobRun, *, now: datetime) -> JobRun:
    """End a run that waits at once, one that runs within about two seconds; return it as it is now.

    The page keeps what it shows, and the job its schedule. What has ended stays as it is.
    """
    with transaction.atomic():
        row: JobRun = (
            JobRun.objects.select_for_update(of=("self",)).select_related("job__page").get(pk=run.pk)
        )
        was_active = row.is_active
        row.request_cancel(now=now)
        row.save(update_fields=[*JobRun.END_FIELDS, "cancel_requested_at"])
        announce_runs(row.job.page, [row])
        if was_active and not row.is_active:
            transaction.on_commit(lambda: tell_results([row]), robust=True)
            ring_workers()  # the job may be due: it waited for this run
    return row


def reset_to_code(job: Job, *, now: datetime) -> list[str]:
    """Give up the edits of a job of the code; return the fields that changed."""
    with transaction.atomic():
        changed = job.reset_to_code()
        job.save(update_fields=changed)
        if set(changed) & set(SCHEDULE_FIELDS):
            reschedule(job, now=now)
    return changed


def _free_name(name: str) -> str:
    room = Job._meta.get_field("name").max_length or len(name)
    endings = (f" ({number})" for number in count(2))
    names = (name[: room - len(ending)] + ending for ending in endings)
    return next(free for free in names if not Job.objects.filter(name=free).exists())
