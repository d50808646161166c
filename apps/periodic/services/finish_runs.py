"""Record what came of a pass: runs, jobs, page; retries, alerts and the news for browsers."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from ...core.bulk import update_rows
from ...core.cluster import ring_workers
from ...core.models.execution import retry_delay_s
from ...core.text import MAX_TEXT
from ...core.write_turn import write_turn
from ..conf import periodic_settings
from ..models import Job, JobRun, Page
from .announce_values import announce_values
from .claim_runs import Claim
from .result import Result
from .tell_results import tell_results

logger = logging.getLogger(__name__)

_RUN_FIELDS = (*JobRun.END_FIELDS, "value", "page_changed", "call_s")
_JOB_FIELDS = (*Job.RESULT_FIELDS, "last_value")


def finish_runs(
    claim: Claim, results: list[Result], *, page_changed: bool, page_error: str, now: datetime
) -> None:
    """Write all rows of the pass in one transaction; a pass that has lost its lease writes nothing."""
    with write_turn():
        rows = JobRun.objects.held_by(claim.lease).select_for_update()
        held = dict(rows.values_list("pk", "cancel_requested_at"))
        results = [result for result in results if result.run.pk in held]
        if not results:
            logger.warning("page=%s lost its lease: its results are dropped", claim.page.name)
            return
        for result in results:
            _finish(result, held[result.run.pk], page_changed=page_changed, now=now)
        runs = [result.run for result in results]
        update_rows(runs, _RUN_FIELDS, only_if={"lease": claim.lease})
        update_rows([run.job for run in runs if not run.is_active], _JOB_FIELDS)
        _record_page(claim.page, changed=page_changed, error=page_error, now=now)
        announce_values(claim.page, results, page_changed=page_changed)
        if any(_is_due_again(run, now) for run in runs):
            ring_workers()
        transaction.on_commit(lambda: tell_results(runs), robust=True)


def _finish(result: Result, cancelled_at: datetime | None, *, page_changed: bool, now: datetime) -> None:
    run, outcome = result.run, result.outcome
    run.call_s = outcome.duration_s
    run.page_changed = page_changed and result.shown is not None
    if result.is_cancelled or (result.will_retry and cancelled_at is not None):
        run.set_cancelled(now=now)
        run.job.record_result(run.state, at=now, value=None)
        return
    if result.will_retry:
        delay_s = retry_delay_s(run.failed_attempts, periodic_settings().retry_delay_s)
        again_at = now + timedelta(seconds=delay_s)
        run.set_ready_again(outcome.error, traceback=outcome.traceback, now=now, run_after=again_at)
        return
    value = _as_line(outcome.value) if outcome.succeeded else None
    if value is None:
        run.set_failed(outcome.error, traceback=outcome.traceback, now=now)
    else:
        run.set_successful(now=now)
        run.value = value[:MAX_TEXT]
    run.job.record_result(run.state, at=now, value=value)


def _record_page(page: Page, *, changed: bool, error: str, now: datetime) -> None:
    row = Page.objects.filter(pk=page.pk)
    if changed:
        row.update(last_error=error, last_written_at=now, writes=F("writes") + 1)
    elif page.last_error != error:
        row.update(last_error=error)


def _is_due_again(run: JobRun, now: datetime) -> bool:
    """Whether the job waits for nothing but the end of this run: nobody else tells the workers."""
    return run.is_active or (run.job.wake_at is not None and run.job.wake_at <= now)


def _as_line(value: str | dict[str, str]) -> str:
    """Return the value as one text, the way it is compared and listed."""
    if isinstance(value, str):
        return value
    return " ".join(f"{name}: {text};" for name, text in value.items())
