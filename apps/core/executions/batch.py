"""Some runs that one worker has claimed under one lease."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import DatabaseError, DataError
from django.utils import timezone

from ..bulk import update_rows
from ..cluster.stop import has_to_end
from ..exceptions import ResultRefused
from ..invoke import EndCall, Outcome, worker_host
from ..models import TaskRun
from ..models.execution import LEASE_S, retry_delay_s
from ..persist import insist
from ..signals import run_started
from ..write_turn import write_turn
from .call import FINAL_CODES, request_of, retry_delay_of
from .claim import claim
from .tell import announce, tell_on_commit

logger = logging.getLogger(__name__)

# A batch lasts no longer, but for its last run: the runs behind a long one go back to other workers.
BATCH_S = 0.05
_RECORD_FIELDS = (*TaskRun.END_FIELDS, "progress", "result")


R = TypeVar("R")


class LeaseLost(Exception):
    """Others may hold the runs by now: they are theirs."""


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


@dataclass
class Batch:
    """``runs`` are still to be called; ``results`` are those whose call has ended."""

    lease: uuid.UUID
    runs: deque[TaskRun]
    results: list[Result] = field(default_factory=list)
    begun_at: float = field(default_factory=time.monotonic)
    was_quick: bool = True
    called: int = 0

    @classmethod
    def claim(cls, size: int) -> Self:
        """Claim what starts next; there may be nothing."""
        return insist(lambda: cls._claim(size))

    @classmethod
    def _claim(cls, size: int) -> Self:
        lease = uuid.uuid4()
        with write_turn():
            return cls(lease, deque(claim(size, lease, now=timezone.now())))

    def record_and_claim(self, size: int) -> Batch:
        """Record the results and claim the next batch in the same transaction."""
        return self._write(lambda: self._claim(size))

    def record(self) -> None:
        """Record the results so far, and give back what has not begun."""
        if self.results or self.runs:
            self._write(self._give_back)
            self.results, self.runs = [], deque()

    def _write(self, then: Callable[[], R]) -> R:
        """Record the results, whatever the database has to say of them, and do ``then``, all or nothing."""

        def write() -> R:
            with write_turn():
                self._record()
                return then()

        try:
            return insist(write)
        except (DataError, ValueError, TypeError) as error:  # a value that the database does not take
            logger.exception("lease=%s has results that cannot be stored", self.lease)
            self.results = [result.refused(error) for result in self.results]
            return insist(write)

    def call_all(self) -> None:
        """Call one function after the other; after BATCH_S the runs that have not begun are given back."""
        try:
            while self.runs:
                self._call(self.runs.popleft())
                if self.runs and time.monotonic() > self.begun_at + BATCH_S:
                    self.be_alone()
        except LeaseLost:
            logger.warning("lease=%s is lost: its runs are left to others", self.lease)
            self.runs.clear()

    def _call(self, run: TaskRun) -> None:
        self.called += 1
        run_started.send_robust(sender=TaskRun, run=run)
        watch = Watch(self, run)
        for outcome in worker_host.run([request_of(run)], on_wait=watch, wait_s=BATCH_S):
            watch.take_progress()
            self.results.append(Result(run, outcome, watch.is_stopped))

    def be_alone(self) -> None:
        """The batch takes its time: record what is done and let other workers have what has not begun."""
        self.was_quick = False
        self.record()

    def _give_back(self) -> None:
        runs = [copy(run) for run in self.runs]  # it may be asked for again, after a commit that failed
        for run in runs:
            run.undo_claim()
        update_rows(runs, TaskRun.CLAIM_FIELDS, only_if={"lease": self.lease})

    def _record(self) -> None:
        """Write the results of what is still held: a stale worker writes nothing."""
        if not self.results:
            return
        held = dict(
            TaskRun.objects.held_by(self.lease).select_for_update().values_list("pk", "cancel_requested_at")
        )
        now = timezone.now()
        kept = [result for result in self.results if result.run.pk in held]
        ended = [ended_run(result, cancel_requested_at=held[result.run.pk], now=now) for result in kept]
        if len(ended) < len(self.results):
            logger.warning(
                "lease=%s was lost: %s results are dropped", self.lease, len(self.results) - len(ended)
            )
        update_rows(ended, _RECORD_FIELDS, only_if={"lease": self.lease})
        tell_on_commit(ended)


class Watch:
    """Looks after a call that takes its time: progress, cancellation, the lease, the cluster's end.

    Raises EndCall to end the call, LeaseLost when nothing is held any more.
    """

    look_every_s = 0.25
    renew_every_s = LEASE_S / 6

    def __init__(self, batch: Batch, run: TaskRun) -> None:
        self._batch = batch
        self._run = run
        self._begun_at = self._looked_at = self._renewed_at = time.monotonic()
        self.is_stopped = False

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self._begun_at + BATCH_S:
            return
        if self._batch.runs or self._batch.results:
            self._batch.be_alone()
        if has_to_end():
            self.is_stopped = True
            raise EndCall
        if now >= self._looked_at + self.look_every_s:
            self._looked_at = now
            self._look(now)

    def take_progress(self) -> bool:
        """Take over what the call has reported; return whether there was anything."""
        note = worker_host.news()
        if note is None:
            return False
        self._run.progress = json.loads(note)
        return True

    def _look(self, now: float) -> None:
        try:
            held = self._exchange(now)
        except DatabaseError as error:  # who cannot write cannot be robbed either; the end will be recorded
            logger.warning("run=%s could not be looked after: %s", self._run.pk, error)
            return
        if not held:
            raise LeaseLost
        if held[0] is not None:
            raise EndCall

    def _exchange(self, now: float) -> list[datetime | None]:
        """Write what is new; return when the run was asked to end: one value, or none if it is not ours."""
        row = TaskRun.objects.held_by(self._batch.lease).filter(pk=self._run.pk)
        changes: dict[str, object] = {}
        if self.take_progress():
            changes["progress"] = self._run.progress
        if now >= self._renewed_at + self.renew_every_s:
            self._renewed_at = now
            changes["lease_expires_at"] = timezone.now() + timedelta(seconds=LEASE_S)
        if changes:
            row.update(**changes)
            announce()
        return list(row.values_list("cancel_requested_at", flat=True))


def ended_run(result: Result, *, cancel_requested_at: datetime | None, now: datetime) -> TaskRun:
    """Return a copy of the run, in the state that its outcome leads to."""
    run, outcome = copy(result.run), result.outcome
    run.cancel_requested_at = cancel_requested_at
    if outcome.succeeded:
        run.set_result(json.loads(outcome.value), now=now)
    elif result.is_stopped:
        run.set_interrupted("The workers were stopped while it ran.", now=now)
    elif run.cancel_requested_at is not None:
        run.set_cancelled(now=now)
    elif run.may_retry and outcome.code not in FINAL_CODES:
        again_at = now + timedelta(seconds=retry_delay_s(run.failed_attempts, retry_delay_of(run)))
        run.set_ready_again(outcome.error, traceback=outcome.traceback, now=now, run_after=again_at)
    else:
        run.set_failed(outcome.error, traceback=outcome.traceback, now=now)
    return run
