"""The unit of work: claim what is due on a page, call the functions, write the page once, record it all."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.db import DatabaseError
from django.utils import timezone

from ...core.invoke import CallHost
from ...core.models.execution import LEASE_S
from ..models import Job, JobRun, Page
from .call_functions import answer_call, call_functions
from .claim_runs import Claim, claim_jobs, claim_runs
from .finish_runs import finish_runs
from .result import Result
from .write_values import write_values

logger = logging.getLogger(__name__)

# One child for all passes of a worker: module state of the site's functions stays alive in it.
_host = CallHost(answer_call)


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
    """Do what is claimed; return the runs, none when the lease was lost meanwhile."""
    if not claim.runs:
        return []
    heartbeat = Heartbeat(claim)
    try:
        outcomes = call_functions(claim.runs, host=_host, on_wait=heartbeat)
        results = [Result(run, outcome) for run, outcome in zip(claim.runs, outcomes, strict=True)]
        heartbeat()
    except LeaseLost:
        logger.warning("page=%s lost its lease: the pass is broken off", claim.page.name)
        return []
    page_changed, page_error = write_values(claim.page, results)
    finish_runs(claim, results, page_changed=page_changed, page_error=page_error, now=timezone.now())
    return claim.runs


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
