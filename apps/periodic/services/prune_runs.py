"""Keep the newest runs of each job: a frequent job cannot push out the history of a rare one."""

from __future__ import annotations

from ..models import Job, JobRun

# A job is pruned at about one in so many of its runs.
PRUNE_EVERY = 64


def prune_job(job: Job) -> int:
    """Delete the job's oldest finished runs beyond ``keep_runs``; return how many."""
    finished = JobRun.objects.filter(job=job).final()
    newest = finished.order_by("-due_at", "-pk").values("pk")[: job.keep_runs]
    return finished.exclude(pk__in=newest).delete()[0]
