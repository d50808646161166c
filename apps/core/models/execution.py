"""One run of user code, from READY to its final state: our own row is the truth about it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..processes import PROCESS_TREE
from ..text import MAX_TEXT, storable

LEASE_S = 30.0
MAX_LOST_ATTEMPTS = 3


class State(models.TextChoices):
    READY = "READY", _("ready")
    RUNNING = "RUNNING", _("running")
    SUCCESSFUL = "SUCCESSFUL", _("successful")
    FAILED = "FAILED", _("failed")
    LOST = "LOST", _("lost")
    CANCELLED = "CANCELLED", _("cancelled")


ACTIVE = (State.READY, State.RUNNING)


E = TypeVar("E", bound="Execution")


class ExecutionQuerySet(models.QuerySet[E]):
    def final(self) -> Self:
        return self.exclude(state__in=ACTIVE)

    def failed(self) -> Self:
        return self.filter(state__in=[State.FAILED, State.LOST])

    def startable(self, now: datetime) -> Self:
        """Runs that wait and whose time has come."""
        return self.filter(state=State.READY, run_after__lte=now)

    def abandoned(self, now: datetime, *, dead_tree: uuid.UUID | None = None) -> Self:
        """Runs whose worker has let its lease expire, and those that a dead process tree held."""
        is_over = Q(lease_expires_at__lt=now)
        return self.filter(is_over | Q(holder=dead_tree) if dead_tree else is_over, state=State.RUNNING)

    def held_by(self, lease: uuid.UUID) -> Self:
        """Runs that this worker holds: its writes go through here, so that a stale worker writes nothing."""
        return self.filter(state=State.RUNNING, lease=lease)

    def extend_lease(self, lease: uuid.UUID, *, now: datetime) -> int:
        """Renew the lease of everything held; return how many runs that were."""
        return self.held_by(lease).update(lease_expires_at=now + timedelta(seconds=LEASE_S))


class Execution(models.Model):
    """READY -> RUNNING -> SUCCESSFUL | FAILED | LOST | CANCELLED; RUNNING -> READY for another attempt.

    A running execution is held under a ``lease`` (a random id of one pass of one worker) that
    expires ``LEASE_S`` seconds after its last renewal; ``holder`` is the process tree of that worker.
    All times are UTC.
    """

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READY)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("most attempts"), default=MAX_LOST_ATTEMPTS)
    run_after = models.DateTimeField(_("not before"))
    lease = models.UUIDField(null=True, blank=True, editable=False)
    holder = models.UUIDField(null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)

    CLAIM_FIELDS = ("state", "attempt", "lease", "holder", "lease_expires_at", "started_at")
    """What ``claim`` changes."""
    END_FIELDS = (
        "state", "run_after", "lease", "holder", "lease_expires_at", "finished_at", "error", "traceback",
    )  # fmt: skip
    """What the ends of an attempt change: ``set_successful`` and its like."""

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["run_after"], condition=Q(state=State.READY), name="%(app_label)s_%(class)s_rdy"
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(state=State.RUNNING),
                name="%(app_label)s_%(class)s_run",
            ),
        ]

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def duration_s(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    def claim(self, lease: uuid.UUID, *, now: datetime) -> None:
        """Take the run for one pass of a worker; the caller saves."""
        self.state = State.RUNNING
        self.attempt += 1
        self.lease = lease
        self.holder = PROCESS_TREE
        self.lease_expires_at = now + timedelta(seconds=LEASE_S)
        self.started_at = now

    def set_successful(self, *, now: datetime) -> None:
        self._finish(State.SUCCESSFUL, now=now)

    def set_failed(self, error: str, *, traceback: str = "", now: datetime) -> None:
        """Record the failure; ``error`` and ``traceback`` are cut to MAX_TEXT characters, the ends kept."""
        self._finish(State.FAILED, now=now)
        self.error = storable(error[:MAX_TEXT])
        self.traceback = storable(traceback[-MAX_TEXT:])

    def set_abandoned(self, *, now: datetime) -> None:
        """Wait for another attempt after the worker's death, or end as LOST when this was the last."""
        error = _("The worker died while it ran this; attempt %(attempt)s of %(most)s.") % {
            "attempt": self.attempt,
            "most": self.max_attempts,
        }
        if self.attempt < self.max_attempts:
            self.set_ready_again(error, run_after=now)
            return
        self._finish(State.LOST, now=now)
        self.error = error

    def set_cancelled(self, *, now: datetime) -> None:
        self._finish(State.CANCELLED, now=now)

    def set_ready_again(self, error: str, *, traceback: str = "", run_after: datetime) -> None:
        """Wait for another attempt, the reason of this one's failure kept."""
        self.state = State.READY
        self.run_after = run_after
        self._let_go()
        self.error = storable(error[:MAX_TEXT])
        self.traceback = storable(traceback[-MAX_TEXT:])

    def _finish(self, state: State, *, now: datetime) -> None:
        self.state = state
        self.finished_at = now
        self._let_go()
        self.error = self.traceback = ""

    def _let_go(self) -> None:
        self.lease = self.holder = self.lease_expires_at = None
