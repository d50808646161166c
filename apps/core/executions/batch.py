"""Some runs that one worker has claimed under one lease."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Self, TypeVar

from django.db import DataError
from django.utils import timezone

from ..bulk import update_rows
from ..cluster import ring_workers
from ..invoke import worker_host
from ..models import State, TaskRun
from ..models.execution import LEASE_S
from ..persist import insist
from ..signals import run_started
from ..write_turn import write_turn
from .call import request_of
from .claim import claim
from .result import Result, ended_run
from .tell import tell_on_commit
from .watch import BATCH_S, RENEW_S, LeaseLost, Watch

logger = logging.getLogger(__name__)

_REFUSALS = (DataError, ValueError, TypeError)
_RECORD_FIELDS = (*TaskRun.END_FIELDS, "progress", "result")


R = TypeVar("R")


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
        """Record the results, whatever the database has to say of them, and do ``then``."""
        try:
            return self._insist(then)
        except _REFUSALS:  # a value that the database does not take
            logger.exception("lease=%s has results that cannot be stored", self.lease)
        for result in list(self.results):
            self._record_alone(result)
        self.results = []
        return self._insist(then)

    def _record_alone(self, result: Result) -> None:
        """Record this result, or that it cannot be stored."""
        self.results = [result]
        try:
            self._insist(lambda: None)
        except _REFUSALS as error:
            self.results = [result.refused(error)]
            self._insist(lambda: None)

    def _insist(self, then: Callable[[], R]) -> R:
        """Record the results and do ``then``: all or nothing."""

        def write() -> R:
            with write_turn():
                self._record()
                return then()

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
        except Exception:  # no fault of theirs: only the run it happened to waits for its lease to be over
            self.record()
            raise

    def _require_lease(self) -> None:
        """A slow receiver of a signal may have taken so long that others soon hold the runs."""
        if time.monotonic() > self.begun_at + LEASE_S - RENEW_S:
            raise LeaseLost

    def _call(self, run: TaskRun) -> None:
        self.called += 1
        run_started.send_robust(sender=TaskRun, run=run)
        self._require_lease()
        watch = Watch(self, run)
        for outcome in worker_host.run([request_of(run)], on_wait=watch, wait_s=BATCH_S):
            watch.take_progress()
            self.results.append(Result(run, outcome, watch.is_stopped))

    def be_alone(self) -> None:
        """The batch takes its time: record what is done and let other workers have what has not begun."""
        self.was_quick = False
        self.record()

    def _give_back(self) -> None:
        if not self.runs:
            return
        runs = [copy(run) for run in self.runs]  # it may be asked for again, after a commit that failed
        for run in runs:
            run.undo_claim()
        update_rows(runs, TaskRun.CLAIM_FIELDS, only_if={"lease": self.lease})
        _cancel_those_asked(runs)
        ring_workers()

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
        if any(run.is_active for run in ended):
            ring_workers()


def _cancel_those_asked(runs: Sequence[TaskRun]) -> None:
    """End what was given back if somebody has asked for its end while it was held."""
    keys = [run.pk for run in runs]
    asked = list(TaskRun.objects.filter(pk__in=keys, state=State.READY, cancel_requested_at__isnull=False))
    for run in asked:
        run.set_cancelled(now=timezone.now())
    update_rows(asked, TaskRun.END_FIELDS)
    tell_on_commit(asked)
