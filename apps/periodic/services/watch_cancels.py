"""End the call of a run that a person has cancelled, and no other call of its pass."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from ...core.invoke import EndCall
from ..models import JobRun
from .claim_runs import Claim

logger = logging.getLogger(__name__)


class CancelWatch:
    """Called while a run's function runs; asks the database at most once a ``look_every_s``.

    A pass that is over sooner never asks. Raises EndCall, and leaves ``cancel_requested_at`` with the run.
    """

    # A little less than the second after which a host calls: no look shall come a whole second late.
    look_every_s = 0.9

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._looked_at = time.monotonic()
        self._asked: dict[int, datetime | None] = {}

    def __call__(self, run: JobRun) -> None:
        now = time.monotonic()
        if now >= self._looked_at + self.look_every_s:
            self._looked_at = now
            self._look()
        if run.pk in self._asked:
            run.cancel_requested_at = self._asked[run.pk]
            raise EndCall

    def _look(self) -> None:
        held = JobRun.objects.held_by(self._claim.lease).filter(cancel_requested_at__isnull=False)
        try:
            self._asked = dict(held.values_list("pk", "cancel_requested_at"))
        except (DatabaseError, InterfaceError) as error:
            logger.warning("page=%s could not ask what is cancelled: %s", self._claim.page.name, error)
            connection.close()  # the next look takes a new one
