"""What is planned for a time that is no longer near, because the clock was set back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from ...core.exceptions import SmallwebError
from ...core.models import State
from ...core.models.execution import LEASE_S
from ..models import Job, JobRun
from .schedule_job import set_next_due

logger = logging.getLogger(__name__)


def follow_clock(now: datetime) -> int:
    """Plan anew, from now on, what ran or began to wait in the future; return the number of jobs moved.

    Else a clock that was a day ahead when the machine started would leave the pages alone for a day.
    A job tells by its last run, so that nothing has to be remembered; clocks may differ by LEASE_S.
    A lease of the future is cut to what it should be: time enough for a living worker to renew it.
    """
    lease_s = timedelta(seconds=LEASE_S)
    ahead = now + lease_s
    running = JobRun.objects.filter(state=State.RUNNING)
    running.filter(lease_expires_at__gt=ahead + lease_s).update(lease_expires_at=ahead)
    JobRun.objects.filter(state=State.READY, created_at__gt=ahead, run_after__gt=now).update(run_after=now)
    return sum(_plan_anew(job, now) for job in Job.objects.filter(last_run_at__gt=ahead, next_due__gt=now))


def _plan_anew(job: Job, now: datetime) -> bool:
    planned = job.next_due
    try:
        set_next_due(job, job.schedule().next_after(now))
    except SmallwebError:  # the claim says so
        return False
    if job.next_due == planned:
        return False
    logger.warning("job=%s ran at %s, still to come: it is due %s", job.name, job.last_run_at, job.next_due)
    # A worker may have moved the job on since it was read.
    fields = {"next_due": job.next_due, "wake_at": job.wake_at}
    return Job.objects.filter(pk=job.pk, next_due=planned).update(**fields) > 0
