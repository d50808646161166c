"""Have items come back that their consumer has not done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...core.text import storable
from ...core.write_turn import write_turn
from ..models import QueueItem
from .ring_consumers import ring_consumers
from .take_item import Held

logger = logging.getLogger(__name__)

DIED = "Its consumer died while it worked at it."
# Items are held oldest first: what is held stands among the first of its queue.
_LOOKED_AT = 200
_MAX_ERROR = 500


def give_back(held: Held, error: str, *, max_attempts: int) -> bool:
    """Let the next consumer have it, or keep it as failed after so many; return whether it was still held."""
    with write_turn():
        return _give_back(held.row(), held.queue, held.pk, held.attempt, error, max_attempts)


def take_back(
    queue: str,
    *,
    now: datetime,
    max_attempts: int,
    but: str = "",
    is_dead: Callable[[str], bool] = lambda holder: False,
) -> int:
    """Give back what dead consumers hold and whose lease is over, ``but`` for one who does not need it;
    return how many items that were.
    """
    first = QueueItem.objects.filter(queue=queue, has_failed=False).order_by("pk").defer("value", "error")
    held = [row for row in first[:_LOOKED_AT] if row.holder not in ("", but)]
    left = [row for row in held if row.leased_until is None or row.leased_until < now or is_dead(row.holder)]
    if not left:
        return 0
    with write_turn():
        return sum(
            _give_back(_unchanged(row), queue, row.pk, row.attempts, DIED, max_attempts) for row in left
        )


def _unchanged(row: QueueItem) -> Any:
    return QueueItem.objects.filter(
        pk=row.pk, holder=row.holder, attempts=row.attempts, leased_until=row.leased_until
    )


def _give_back(rows: Any, queue: str, pk: int, attempts: int, error: str, max_attempts: int) -> bool:
    has_failed = attempts >= max_attempts
    values = {"holder": "", "leased_until": None, "has_failed": has_failed}
    if not rows.update(**values, error=storable(error)[:_MAX_ERROR]):
        return False
    level = logging.ERROR if has_failed else logging.WARNING
    what = "has failed" if has_failed else "waits again"
    logger.log(level, "queue=%s item=%s %s after attempt %s: %s", queue, pk, what, attempts, error)
    ring_consumers(queue)
    return True
