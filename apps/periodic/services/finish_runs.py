"""Record what came of a pass: runs, jobs, page; retries, alerts and the news for browsers."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from ...core.bulk import update_rows
from ...core.cluster import ring_workers
from ...core.models import State
from ...core.models.execution import MAX_TEXT
from ..conf import periodic_settings
from ..models import JobRun
from ..signals import job_alert, job_ran
from .announce_values import announce_values
from .claim_runs import Claim
from .prune_runs import PRUNE_EVERY, prune_job
from .result import Result

logger = logging.getLogger(__name__)

_RUN_FIELDS = (
    "state", "run_after", "lease", "lease_expires_at", "finished_at", "error", "traceback", "value", "page_changed", "call_s",
)  # fmt: skip
_JOB_FIELDS = ("last_state", "last_run_at", "last_value", "failures_in_row")


def finish_runs(claim: Claim, results: list[Result], *, page_changed: bool, page_error: str, now: datetime) -> None:
    """Write all rows of the pass in one transaction; a pass that has lost its lease writes nothing."""
    for result in results:
        _finish(result, page_changed=page_changed, now=now)
    with transaction.atomic():
        held = set(
            JobRun.objects.held_by(claim.lease).select_for_update().values_list("pk", flat=True)
        )
        results = [result for result in results if result.run.pk in held]
        if not results:
            logger.warning("page=%s lost its lease: its results are dropped", claim.page.name)
            return
        update_rows([result.run for result in results], _RUN_FIELDS, only_if={"lease": claim.lease})
        update_rows([result.run.job for result in results], _JOB_FIELDS)
        _record_page(claim, page_changed=page_changed, error=page_error, now=now)
        announce_values(claim.page, results, page_changed=page_changed)
        if any(_is_due_again(result.run, now) for result in results):
            ring_workers()
        transaction.on_commit(lambda: _tell(results))


def _finish(result: Result, *, page_changed: bool, now: datetime) -> None:
    run, outcome = result.run, result.outcome
    run.call_s = outcome.duration_s
    run.page_changed = page_changed and result.shown is not None
    if outcome.succeeded:
        run.set_successful(now=now)
        run.value = _as_line(outcome.value)[:MAX_TEXT]
    elif result.will_retry:
        delay_s = periodic_settings().retry_delay_s * 2 ** (run.attempt - 1)
        run.set_ready_again(
            outcome.error, traceback=outcome.traceback, run_after=now + timedelta(seconds=delay_s)
        )
        return
    else:
        run.set_failed(outcome.error, traceback=outcome.traceback, now=now)
    value = _as_line(outcome.value) if outcome.succeeded else None
    run.job.record_result(run.state, at=now, value=value)


def _record_page(claim: Claim, *, page_changed: bool, error: str, now: datetime) -> None:
    page = claim.page
    if page_changed:
        page.last_written_at = now
        page.writes += 1
    elif page.last_error == error:
        return
    page.last_error = error
    page.save(update_fields=["last_written_at", "writes", "last_error"])


def _tell(results: list[Result]) -> None:
    for result in results:
        run, job = result.run, result.run.job
        if run.state == State.FAILED:
            logger.warning("job=%s run=%s failed: %s", job.name, run.pk, run.error)
        if run.pk % PRUNE_EVERY == 0:
            prune_job(job)
        if not run.is_active:
            job_ran.send_robust(sender=type(job), job=job, run=run)
        if run.state == State.FAILED and job.alert_after and job.failures_in_row == job.alert_after:
            job_alert.send_robust(sender=type(job), job=job, run=run)


def _is_due_again(run: JobRun, now: datetime) -> bool:
    """Whether the job waits for nothing but the end of this run: nobody else tells the workers."""
    return run.is_active or (run.job.wake_at is not None and run.job.wake_at <= now)


def _as_line(value: str | dict[str, str]) -> str:
    """Return the value as one text, the way it is compared and listed."""
    if isinstance(value, str):
        return value
    return " ".join(f"{name}: {text};" for name, text in value.items())
