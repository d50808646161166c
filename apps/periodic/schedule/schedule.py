"""When something is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from ..exceptions import ScheduleError
from .cron import Cron, parse_cron
from .grid import Grid
from .interval import Interval
from .zones import load_zone, require_aware

_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A rule for due times: exactly one of ``every`` and ``cron``, read on the clocks of ``time_zone``.

    An interval's due times are a fixed grid through ``starts_at`` or else ``anchor``: when something
    ran, or how long it took, moves none of them. ``starts_at`` and ``ends_at`` are the first and the
    last moment at which a due time may lie, both included. All results are in UTC; every moment given
    must be aware. Raises ScheduleError.
    """

    every: Interval | None = None
    cron: str = ""
    time_zone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    anchor: datetime

    def __post_init__(self) -> None:
        if (self.every is None) == (not self.cron):
            raise ScheduleError(
                f"The schedule has the interval {str(self.every or '')!r} and the cron line {self.cron!r}; "
                "give exactly one of the two."
            )
        for name in ("anchor", "starts_at", "ends_at"):
            if (moment := getattr(self, name)) is not None:
                require_aware(moment, name)
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise ScheduleError(
                f"The schedule ends at {self.ends_at.isoformat()}, before its start at "
                f"{self.starts_at.isoformat()}; give a later end."
            )
        _ = self.rule  # a wrong zone or cron line is refused here, not at the first use

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone on whose clocks days, months and cron lines are read."""
        return load_zone(self.time_zone)

    @cached_property
    def rule(self) -> Grid | Cron:
        """The due times without the start and the end."""
        if self.every is None:
            return Cron(parse_cron(self.cron), self.zone)
        return Grid(self.every, self.starts_at or self.anchor, self.zone)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the due times strictly after the moment, in order."""
        moment = require_aware(moment, "The moment")
        if self.starts_at is not None:
            moment = max(moment, self.starts_at - timedelta.resolution)
        end = self.ends_at or _NEVER
        return takewhile(lambda due: due <= end, self.rule.after(moment))

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first due time strictly after the moment, None when there are no more."""
        return next(self.after(moment), None)

    def latest_until(self, start: datetime, now: datetime) -> datetime | None:
        """Return the last due time from ``start`` to ``now``, both included."""
        start, now = require_aware(start, "The start"), require_aware(now, "The end")
        start, now = max(start, self.starts_at or start), min(now, self.ends_at or now)
        return self.rule.latest(start, now) if start <= now else None


def upcoming(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """Return the next ``count`` due times strictly after the moment, fewer when the schedule ends."""
    return list(islice(schedule.after(after), count))
