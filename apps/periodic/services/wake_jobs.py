"""Look anew at jobs that a maintenance window put off."""

from __future__ import annotations

from django.db.models import F

from ...core.cluster import ring_workers
from ..models import Job
from .schedule_job import set_next_due


def wake_jobs() -> None:
    """Have jobs that wait for the end of a window be looked at when they are due.

    To be called after windows changed: a job that still lies in one is put off again.
    """
    for job in Job.objects.filter(wake_at__gt=F("next_due")):
        due_at = job.next_due
        set_next_due(job, due_at)
        # A worker may have moved the job on since it was read.
        Job.objects.filter(pk=job.pk, next_due=due_at).update(wake_at=job.wake_at)
    ring_workers()
