"""What came of a call, and the state that it brings its run to."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..exceptions import ResultRefused
from ..invoke import Outcome
from ..models import TaskRun
from ..models.execution import retry_delay_s
from .call import FINAL_CODES, retry_delay_of


@dataclass(frozen=True)
class Result:
    run: TaskRun
    outcome: Outcome
    is_stopped: bool = False

    def refused(self, error: Exception) -> Result:
        """Return the failure that stands for a result which cannot be stored."""
        self.run.progress = None
        if not self.outcome.succeeded:
            return self
        text = f"What it returned cannot be stored: {error}."
        return Result(self.run, Outcome(code=ResultRefused.code, error=text))


def ended_run(result: Result, *, cancel_requested_at: datetime | None, now: datetime) -> TaskRun:
    """Return a copy of the run, in the state that its outcome leads to."""
    run, outcome = copy(result.run), result.outcome
    run.cancel_requested_at = cancel_requested_at
    if outcome.succeeded:
        run.set_result(json.loads(outcome.value), now=now)
    elif result.is_stopped:
        run.set_interrupted("The workers were stopped while it ran.", now=now, is_bystander=True)
    elif run.cancel_requested_at is not None:
        run.set_cancelled(now=now)
    elif run.may_retry and outcome.code not in FINAL_CODES:
        again_at = now + timedelta(seconds=retry_delay_s(run.failed_attempts, retry_delay_of(run)))
        run.set_ready_again(outcome.error, traceback=outcome.traceback, now=now, run_after=again_at)
    else:
        run.set_failed(outcome.error, traceback=outcome.traceback, now=now)
    return run
