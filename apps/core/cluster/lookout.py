"""Ask the work sources what is due, and say how long there is nothing."""

from __future__ import annotations

import logging
from collections import deque
from datetime import datetime, timedelta
from itertools import islice

from .truce import Truce
from .work import Hint, WorkSource, recover_work, work_sources

logger = logging.getLogger(__name__)

RECOVER_EVERY_S = 5.0
MAX_PAUSE_S = 1.0
# While a hint is not taken up, the time that is due after it is not known.
PENDING_PAUSE_S = 0.05


class Lookout:
    """Remembers which hints are on their way, so that waiting work is not hinted at over and over."""

    def __init__(self) -> None:
        # In the order of giving, which is the order in which workers take them.
        self._given: dict[tuple[str, int], tuple[Hint, datetime]] = {}
        self._recovered_at: datetime | None = None
        self._is_pending = self._is_half_done = False
        self._first = 0
        self._truce = Truce()

    def look(self, now: datetime, *, limit: int, waiting: int = 0) -> list[tuple[str, int]]:
        """Return what is due and not on its way, ``limit`` at most: the name of a source and keys of it.

        The first source that has something new ends the look, so that its work begins at once; the next
        look begins behind it. ``waiting`` hints are still with no worker.
        """
        self._forget(now, waiting)
        if not self._truce.is_on(now) and not self._is_recent(self._recovered_at, now, RECOVER_EVERY_S):
            self._recovered_at = now
            recover_work(now)
        self._is_pending, self._is_half_done = limit <= 0, False
        return self._look(now, limit) if limit > 0 else []  # else the workers have enough to do

    def pause_s(self, now: datetime) -> float:
        """Return how long nothing will be due, in seconds, MAX_PAUSE_S at most."""
        if self._is_half_done:
            return 0.0
        if self._is_pending:
            return PENDING_PAUSE_S
        times = [at for source in work_sources if (at := source.next_at(now)) is not None]
        if not times:
            return MAX_PAUSE_S
        return min(max((min(times) - now).total_seconds(), 0.0), MAX_PAUSE_S)

    def _look(self, now: datetime, limit: int) -> list[tuple[str, int]]:
        sources = deque(work_sources)
        sources.rotate(-self._first)
        for count, source in enumerate(sources, start=1):
            found = _find(source, now)
            self._is_pending = self._is_pending or bool(found)
            # What the limit cuts off is not asked whether it is new, so it is given by the next look.
            new = list(islice((hint.key for hint in found if self._is_new(source, hint, now)), limit))
            if new:
                self._is_half_done = count < len(sources)
                self._first = (self._first + count) % len(sources)
                return [(source.name, key) for key in new]
        self._first = 0
        return []

    def _is_new(self, source: WorkSource, hint: Hint, now: datetime) -> bool:
        key = (source.name, hint.key)
        if key in self._given and self._given[key][0].token == hint.token:
            return False
        self._given.pop(key, None)
        self._given[key] = (hint, now)
        return True

    def _forget(self, now: datetime, waiting: int) -> None:
        taken_up = max(len(self._given) - waiting, 0)
        self._given = {
            key: (hint, at)
            for place, (key, (hint, at)) in enumerate(self._given.items())
            if place >= taken_up or self._is_recent(at, now, hint.repeat_after_s)
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
