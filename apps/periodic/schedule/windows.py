"""Maintenance windows: stretches of time in which nothing is to run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ..exceptions import ScheduleError
from .zones import instant_of, load_zone, require_aware, wall_at

_DAY = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=28)


@dataclass(frozen=True)
class Window:
    """From ``starts_at`` up to, not including, ``ends_at``. Raises ScheduleError."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        require_aware(self.starts_at, "starts_at")
        require_aware(self.ends_at, "ends_at")
        if self.ends_at <= self.starts_at:
            raise ScheduleError(
                f"The window ends at {self.ends_at.isoformat()}, not after its start at "
                f"{self.starts_at.isoformat()}; give a later end."
            )

    def end_at(self, moment: datetime) -> datetime | None:
        """Return when this window ends if it covers the moment."""
        return self.ends_at if self.starts_at <= moment < self.ends_at else None


@dataclass(frozen=True)
class WeeklyWindow:
    """Every week on these days (0 is Monday) from ``start`` on the zone's clocks for ``duration``.

    A start in the spring gap is moved to the end of the gap; the duration is absolute time, at most
    one week. Raises ScheduleError.
    """

    weekdays: frozenset[int]
    start: time
    duration: timedelta
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ScheduleError(
                f"The weekdays are {sorted(self.weekdays)}; give some of 0 (Monday) to 6 (Sunday)."
            )
        if self.start.tzinfo is not None:
            raise ScheduleError(
                f"The start is {self.start!r}; give it without a zone, the window has its own."
            )
        if not timedelta(0) < self.duration <= 7 * _DAY:
            raise ScheduleError(f"The window lasts {self.duration}; give more than nothing, at most 7 days.")
        load_zone(self.time_zone)

    def end_at(self, moment: datetime) -> datetime | None:
        """Return when the last of this window's occurrences that cover the moment ends."""
        zone = load_zone(self.time_zone)
        today = wall_at(moment, zone).date()
        # One day more than the duration: a day of the clocks can be shorter than 24 hours.
        for days_ago in range(self.duration // _DAY + 3):
            day = today - days_ago * _DAY
            starts_at = instant_of(datetime.combine(day, self.start), zone)
            if day.weekday() in self.weekdays and starts_at <= moment < starts_at + self.duration:
                return starts_at + self.duration
        return None


def window_end(windows: Collection[Window | WeeklyWindow], moment: datetime) -> datetime | None:
    """Return when the windows that cover the moment, and those that follow on them without a gap, end.

    None if no window covers it. Windows that never leave a gap are followed for 28 days, so the
    result is always finite: ask again then. In UTC.
    """
    start = end = require_aware(moment, "The moment")
    while end - start < _LOOK_AHEAD:
        ends = [later for window in windows if (later := window.end_at(end)) is not None]
        if not ends:
            break
        end = require_aware(max(ends), "The window's end")
    return end if end > start else None
