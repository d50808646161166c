"""The unit of work: claim what is due on a page, call the functions, write the page once, record it all."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.db import DatabaseError
from django.utils import timezone

from ...core.invoke import worker_host
from ...core.models.execution import LEASE_S
from ..models import Job, JobRun, Page
from .call_functions import call_functions
from .claim_runs import Claim, claim_jobs, claim_runs
from .finish_runs import finish_runs
from .result import Result
from .watch_cancels import CancelWatch
from .write_values import write_values

logger = logging.getLogger(__name__)

PART_S = 1.0
# Jobs whose last call by this worker took at least PART_S: they are called after the others of their pass.
_slow_jobs: set[int] = set()


class LeaseLost(Exception):
    """Others may hold the runs of this pass by now: it must stop."""


def run_page(page_id: int) -> list[JobRun]:
    """Run what is due on the page and return the runs.

    No fault of a function leaves here: it is recorded with its run. A page that cannot be written
    fails every run of the pass with the reason.
    """
    try:
        return run_claim(claim_runs(page_id, now=timezone.now()))
    except Page.DoesNotExist:
        return []


def run_jobs(jobs: Sequence[Job]) -> list[JobRun]:
    """Run these jobs here and now, page by page, due or not; return the runs. What runs is left out."""
    pages = dict.fromkeys(job.page_id for job in jobs)
    return [run for page in pages for run in run_claim(claim_jobs(page, jobs, now=timezone.now()))]


def run_claim(claim: Claim) -> list[JobRun]:
    """Do what is claimed; return the runs, without those that were not done when the lease was lost."""
    if not claim.runs:
        return []
    claim.runs.sort(key=lambda run: run.job_id in _slow_jobs)
    parts = Parts(claim)
    try:
        outcomes = call_functions(claim.runs, host=worker_host, on_wait=parts.while_waiting)
        for run, outcome in zip(claim.runs, outcomes, strict=True):
            parts.take(Result(run, outcome))
        parts.heartbeat()
    except LeaseLost:
        logger.warning("page=%s lost its lease: the pass is broken off", claim.page.name)
    else:
        parts.record()
    return parts.recorded


class Parts:
    """The results of a pass. They are written all at once, or in parts while a slow function runs: it
    shall hold up neither what the others gave nor their next due times. A page that takes all values
    or none takes no parts.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._results: list[Result] = []
        self._recorded_at = time.monotonic()
        self._watch = CancelWatch(claim)
        self._taken = 0
        self.heartbeat = Heartbeat(claim)
        self.recorded: list[JobRun] = []

    def take(self, result: Result) -> None:
        is_slow = result.outcome.duration_s >= PART_S
        (_slow_jobs.add if is_slow else _slow_jobs.discard)(result.run.job_id)
        self._results.append(result)
        self._taken += 1

    def while_waiting(self) -> None:
        """Renew the lease and write what there is, now and then. Raises LeaseLost, EndCall."""
        self.heartbeat()
        is_time = time.monotonic() >= self._recorded_at + PART_S
        if self._results and is_time and self._claim.page.allow_partial:
            self.record()
        self._watch(self._claim.runs[self._taken])

    def record(self) -> None:
        """Write the results so far into the page and the database."""
        results, self._results = self._results, []
        page = self._claim.page
        changed, error = write_values(page, results)
        finish_runs(self._claim, results, page_changed=changed, page_error=error, now=timezone.now())
        page.last_error = error
        self.recorded += [result.run for result in results]
        self._recorded_at = time.monotonic()


class Heartbeat:
    """Renews the lease of a claim when it is called, but not more often than needed.

    Raises LeaseLost when nothing is held any more, or could not be renewed in time.
    """

    every_s = LEASE_S / 6

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._renewed_at = time.monotonic()

    def __call__(self) -> None:
        age_s = time.monotonic() - self._renewed_at
        if age_s < self.every_s:
            return
        try:
            held = JobRun.objects.extend_lease(self._claim.lease, now=timezone.now())
        except DatabaseError:
            logger.exception("page=%s could not renew its lease", self._claim.page.name)
            held = age_s < LEASE_S / 2
        else:
            self._renewed_at = time.monotonic()
        if not held:
            raise LeaseLost
