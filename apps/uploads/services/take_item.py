"""Take the oldest item of a queue, and let go of the one before."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...core.bulk import lock_free_rows
from ...core.write_turn import write_turn
from ..models import QueueItem

logger = logging.getLogger(__name__)

LEASE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Held:
    """An item in the hands of a consumer; ``holder`` and ``attempt`` fence: whoever gets it after a lost
    lease has others, and what the earlier one writes finds nothing.
    """

    pk: int
    queue: str
    value: Any
    holder: str
    attempt: int

    def row(self) -> Any:
        return QueueItem.objects.filter(pk=self.pk, holder=self.holder, attempts=self.attempt)


def take_item(queue: str, *, holder: str, now: datetime, done: Held | None = None) -> Held | None:
    """Acknowledge ``done`` and hold the oldest item that waits, in one transaction; None if none waits.

    It may be called again after a commit of which nobody heard: what ``holder`` holds is given first.
    """
    if done is None and not _free(queue, holder).exists():
        return None  # to ask takes no lock
    with write_turn():
        if done is not None:
            acknowledge(done)
        row = lock_free_rows(_free(queue, holder)).order_by("pk").first()
        if row is None:
            return None
        attempt = row.attempts + 1
        QueueItem.objects.filter(pk=row.pk).update(
            holder=holder, attempts=attempt, leased_until=now + timedelta(seconds=LEASE_S)
        )
    return Held(pk=row.pk, queue=queue, value=row.value, holder=holder, attempt=attempt)


def acknowledge(held: Held) -> bool:
    """Forget the item; return whether it was still held."""
    was_held = bool(held.row().delete()[0])
    if not was_held:
        logger.warning("queue=%s item=%s was no longer held when it was done", held.queue, held.pk)
    return was_held


def undo_take(held: Held) -> bool:
    """Let go of an item that nobody has begun; return whether it was still held."""
    was_held = held.row().update(holder="", leased_until=None, attempts=held.attempt - 1)
    return bool(was_held)


def extend_lease(held: Held, *, now: datetime) -> bool:
    """Hold the item for LEASE_S seconds from now; return whether it was still held."""
    return bool(held.row().update(leased_until=now + timedelta(seconds=LEASE_S)))


def _free(queue: str, holder: str) -> Any:
    return QueueItem.objects.filter(queue=queue, has_failed=False, holder__in=("", holder))
