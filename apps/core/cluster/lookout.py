"""Ask every work source what is due, and say how long there is nothing."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import islice

from .work import Hint, WorkSource, recover_work, work_sources

logger = logging.getLogger(__name__)

RECOVER_EVERY_S = 5.0
# A hint that no worker has taken up by then was lost with a worker: it is given again.
REPEAT_AFTER_S = 5.0
MAX_PAUSE_S = 1.0
# While a hint is not taken up, the time that is due after it is not known.
PENDING_PAUSE_S = 0.05


class Lookout:
    """Remembers which hints are on their way, so that waiting work is not hinted at over and over."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, int], tuple[str, datetime]] = {}
        self._recovered_at: datetime | None = None
        self._is_pending = False

    def look(self, now: datetime, *, limit: int) -> list[tuple[str, int]]:
        """Return what is due and not on its way, ``limit`` at most: source names and keys."""
        self._forget(now)
        if not self._is_recent(self._recovered_at, now, RECOVER_EVERY_S):
            self._recovered_at = now
            recover_work(now)
        if limit <= 0:  # the workers have enough to do
            self._is_pending = True
            return []
        found = [(source, hint) for source in work_sources for hint in _find(source, now)]
        self._is_pending = bool(found)
        new = ((source.name, hint.key) for source, hint in found if self._is_new(source, hint, now))
        return list(islice(new, limit))

    def pause_s(self, now: datetime) -> float:
        """Return how long nothing will be due, in seconds, MAX_PAUSE_S at most."""
        if self._is_pending:
            return PENDING_PAUSE_S
        times = [at for source in work_sources if (at := source.next_at(now)) is not None]
        if not times:
            return MAX_PAUSE_S
        return min(max((min(times) - now).total_seconds(), 0.0), MAX_PAUSE_S)

    def _is_new(self, source: WorkSource, hint: Hint, now: datetime) -> bool:
        key = (source.name, hint.key)
        if self._given.get(key, ("",))[0] == hint.token:
            return False
        self._given[key] = (hint.token, now)
        return True

    def _forget(self, now: datetime) -> None:
        self._given = {
            key: given for key, given in self._given.items() if self._is_recent(given[1], now, REPEAT_AFTER_S)
        }

    @staticmethod
    def _is_recent(at: datetime | None, now: datetime, seconds: float) -> bool:
        """A moment that lies ahead is none: the clock has been set back."""
        return at is not None and timedelta() <= now - at <= timedelta(seconds=seconds)


def _find(source: WorkSource, now: datetime) -> list[Hint]:
    try:
        return source.find(now)
    except Exception:  # the other sources go on
        logger.exception("source=%s could not say what is due", source.name)
        return []
