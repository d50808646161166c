"""Looking after a call that takes its time."""

from __future__ import annotations

import json
import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from ..cluster.stop import has_to_end
from ..invoke import EndCall, worker_host
from ..models import TaskRun
from ..models.execution import LEASE_S
from .tell import announce

if TYPE_CHECKING:
    from .batch import Batch

logger = logging.getLogger(__name__)

# A batch lasts no longer, but for its last run: the runs behind a long one go back to other workers.
BATCH_S = 0.05
RENEW_S = LEASE_S / 6


class LeaseLost(Exception):
    """Others may hold the runs by now: they are theirs."""


class Watch:
    """Looks after a call that takes its time: progress, cancellation, the lease, the cluster's end.

    Raises EndCall to end the call, LeaseLost when nothing is held any more.
    """

    look_every_s = 0.25
    renew_every_s = RENEW_S

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
        except (DatabaseError, InterfaceError) as error:
            # Who cannot write cannot be robbed either; the end will be recorded.
            logger.warning("run=%s could not be looked after: %s", self._run.pk, error)
            connection.close()  # the next look takes a new one
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
