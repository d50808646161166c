"""Tell the site's own code and the log how runs ended, after that is recorded."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable

from ...core.models import State
from ..models import JobRun
from ..signals import job_alert, job_ran
from .prune_runs import PRUNE_EVERY, prune_job

logger = logging.getLogger(__name__)


def tell_results(runs: Iterable[JobRun]) -> None:
    """Log failures, the first in a row loudly; send the signals, and now and then prune a job's history."""
    for run in runs:
        job = run.job
        if run.is_active:
            continue
        is_bad = run.state in (State.FAILED, State.LOST)
        if is_bad:
            # Loud once a series: a job of each second would drown everything else.
            level = logging.WARNING if job.failures_in_row == 1 else logging.INFO
            logger.log(level, "job=%s run=%s %s: %s", job.name, run.pk, run.state, run.error)
        job_ran.send_robust(sender=type(job), job=job, run=run)
        if is_bad and job.alert_after and job.failures_in_row == job.alert_after:
            job_alert.send_robust(sender=type(job), job=job, run=run)
        # At random: whatever counted runs could step over the same jobs again and again.
        if random.randrange(PRUNE_EVERY) == 0:
            prune_job(job)
