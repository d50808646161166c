"""One run of user code, from READY to its final state: our own row is the truth about it."""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..processes import PROCESS_TREE
from ..text import MAX_TEXT, storable

LEASE_S = 30.0
# A run may outlive that many workers; one that ends each of its workers must come to an end, too.
MAX_INTERRUPTIONS = 10
MAX_RETRY_DELAY_S = 3600.0
_PATIENT_AFTER = 3
_KEPT_ATTEMPTS = 10
_KEPT_TEXT = 2000


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
    def listed(self) -> Self:
        """Rows with what a list shows of them (``title``, ``who``, ``outcome``), without long texts."""
        return self.defer("traceback", "earlier_attempts")

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
    ``attempt`` counts the starts; ``interruptions`` are those of them that ended with the worker, through
    no fault of the function: ``max_attempts`` is about the others. All times are UTC.
    """

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READY)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    interruptions = models.PositiveSmallIntegerField(_("interruptions"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("most attempts"), default=1)
    run_after = models.DateTimeField(_("not before"))
    lease = models.UUIDField(null=True, blank=True, editable=False)
    holder = models.UUIDField(null=True, blank=True, editable=False)
    worker_pid = models.PositiveIntegerField(_("worker"), null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_requested_at = models.DateTimeField(_("asked to end"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)
    earlier_attempts = models.JSONField(_("earlier attempts"), default=list, blank=True, editable=False)

    CLAIM_FIELDS = (
        "state", "attempt", "lease", "holder", "worker_pid", "lease_expires_at", "started_at",
    )  # fmt: skip
    """What ``claim`` and ``undo_claim`` change."""
    END_FIELDS = (
        "state", "interruptions", "run_after", "lease", "holder", "worker_pid", "lease_expires_at",
        "finished_at", "error", "traceback", "earlier_attempts",
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

    at_most_once: Any = False
    """Whether an attempt that is interrupted is not begun again: the run is then LOST."""
    progress: Any = None
    """What the function has reported last: a number from 0 to 1, or any JSON."""

    @property
    def title(self) -> str:
        """What runs, in the words of its app."""
        return str(self)

    @property
    def who(self) -> str:
        """Who or what wished it, as far as it is known."""
        return ""

    @property
    def outcome(self) -> str:
        """What came of it, on one line or a few."""
        return self.error

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def duration_s(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def failed_attempts(self) -> int:
        """How many attempts the function itself has brought to an end, this one included."""
        return self.attempt - self.interruptions

    @property
    def may_retry(self) -> bool:
        """Whether another attempt may follow when this one fails."""
        return self.failed_attempts < self.max_attempts and self.cancel_requested_at is None

    def claim(self, lease: uuid.UUID, *, now: datetime) -> None:
        """Take the run for one pass of a worker; the caller saves."""
        self.state = State.RUNNING
        self.attempt += 1
        self.lease = lease
        self.holder = PROCESS_TREE
        self.worker_pid = os.getpid()
        self.lease_expires_at = now + timedelta(seconds=LEASE_S)
        self.started_at = now

    def undo_claim(self) -> None:
        """Give the run back as it was: nothing of it has begun. The caller saves ``CLAIM_FIELDS``."""
        self.state = State.READY
        self.attempt -= 1
        self.started_at = None
        self._let_go()

    def set_successful(self, *, now: datetime) -> None:
        self._finish(State.SUCCESSFUL, now=now)

    def set_failed(self, error: str, *, traceback: str = "", now: datetime) -> None:
        """Record the failure; ``error`` and ``traceback`` are cut to MAX_TEXT characters, the ends kept."""
        self._finish(State.FAILED, now=now)
        self._note(error, traceback)

    def set_interrupted(self, error: str, *, now: datetime, is_bystander: bool = False) -> None:
        """The worker ended before the function: begin again, unless that must not be or never ends.

        A bystander cannot have caused that end: it begins again at once, however often.
        """
        self.interruptions += 1
        if self.cancel_requested_at is not None:
            self.set_cancelled(now=now)
        elif self.at_most_once or (self.interruptions >= MAX_INTERRUPTIONS and not is_bystander):
            self._finish(State.LOST, now=now)
            self._note(error, "")
        else:
            patience_s = 0.0 if is_bystander else retry_delay_s(self.interruptions - _PATIENT_AFTER, 1.0)
            self.set_ready_again(error, now=now, run_after=now + timedelta(seconds=patience_s))

    def set_abandoned(self, *, now: datetime, is_bystander: bool = False) -> None:
        """The worker has died, or hangs."""
        error = _("The worker died while it ran this (attempt %(attempt)s).") % {"attempt": self.attempt}
        self.set_interrupted(error, now=now, is_bystander=is_bystander)

    def set_cancelled(self, *, now: datetime) -> None:
        self._finish(State.CANCELLED, now=now)

    def request_cancel(self, *, now: datetime) -> None:
        """End a run that waits; have the worker of one that runs end it. The caller saves.

        A run that has ended stays as it is.
        """
        if self.state == State.READY:
            self.set_cancelled(now=now)
        if self.is_active or self.state == State.CANCELLED:
            self.cancel_requested_at = self.cancel_requested_at or now

    def set_ready_again(self, error: str, *, traceback: str = "", now: datetime, run_after: datetime) -> None:
        """Wait for another attempt; how this one ended is kept in ``earlier_attempts``."""
        self.state = State.READY
        self.run_after = run_after
        self._let_go()
        self._note(error, traceback)
        begun = self.started_at or now
        this = {
            "attempt": self.attempt,
            "started_at": begun.isoformat(),
            "duration_s": round((now - begun).total_seconds(), 3),
            "error": self.error[:_KEPT_TEXT],
            "traceback": self.traceback[-_KEPT_TEXT:],
        }
        self.earlier_attempts = [*self.earlier_attempts, this][-_KEPT_ATTEMPTS:]

    def _finish(self, state: State, *, now: datetime) -> None:
        self.state = state
        self.finished_at = now
        self._let_go()
        self.error = self.traceback = ""

    def _let_go(self) -> None:
        self.lease = self.holder = self.worker_pid = self.lease_expires_at = None

    def _note(self, error: str, traceback: str) -> None:
        self.error = storable(error[:MAX_TEXT])
        self.traceback = storable(traceback[-MAX_TEXT:])


def retry_delay_s(failures: int, first_s: float) -> float:
    """Return how long to wait after so many failures: ``first_s``, doubled each time, an hour at most."""
    if failures < 1:
        return 0.0
    return min(first_s * 2.0 ** min(failures - 1, 30), MAX_RETRY_DELAY_S)
