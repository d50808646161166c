"""The due times of an interval: a grid, every point of which can be computed from its number."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .interval import Interval
from .zones import instant_of


@dataclass(frozen=True)
class Grid:
    """The points ``anchor + n * every`` for all whole n, negative ones too.

    Every point is counted from the anchor, never from the point before it, so a day without 02:30
    or a month without a 31st moves one point and none of the later ones.
    """

    every: Interval
    anchor: datetime
    zone: ZoneInfo

    def point(self, n: int) -> datetime:
        """Return the nth point, in UTC."""
        if self.every.seconds:
            return self.anchor.astimezone(UTC) + timedelta(seconds=n * self.every.seconds)
        local = self.anchor.astimezone(self.zone)
        wall = _add_months(local.replace(tzinfo=None), n * self.every.months)
        return instant_of(wall + timedelta(days=n * self.every.days), self.zone, fold=local.fold)

    def index_at(self, moment: datetime) -> int:
        """Return the number of the last point at or before the moment, as quickly far away as near."""
        n = (moment - self.anchor) // timedelta(seconds=self.every.average_s)
        while self.point(n) > moment:
            n -= 1
        while self.point(n + 1) <= moment:
            n += 1
        return n

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the points strictly after the moment, each instant once."""
        n, last = self.index_at(moment), moment
        while True:
            n += 1
            # Where a whole day was left out (Apia, 2011-12-30) two points fall on one instant.
            if (point := self.point(n)) > last:
                last = point
                yield point

    def latest(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last point from ``since`` to ``until``, both included."""
        point = self.point(self.index_at(until))
        return point if point >= since else None


def _add_months(wall: datetime, months: int) -> datetime:
    years, month = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month + 1
    return wall.replace(year=year, month=month, day=min(wall.day, calendar.monthrange(year, month)[1]))
