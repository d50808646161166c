"""The due times of a cron line, through the cronsim library."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from ..exceptions import ScheduleError
from .zones import instant_of, instants_of, wall_at

_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def parse_cron(text: str) -> str:
    """Return the five fields (minute, hour, day, month, weekday) of a cron line or of its @nickname.

    Raises ScheduleError, also for a line that matches no date at all.
    """
    fields = _NICKNAMES.get(text.strip(), text).split()
    if len(fields) != 5:
        raise ScheduleError(
            f"The cron line {text!r} has {len(fields)} fields; wanted minute, hour, day, month and weekday, "
            f"such as '*/5 * * * *', or one of {', '.join(_NICKNAMES)}."
        )
    line = " ".join(fields).upper()
    try:
        next(CronSim(line, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        fault = str(error).removeprefix("Bad ")
        raise ScheduleError(f"The cron line {text!r} has a bad {fault} field; correct that field.") from error
    except StopIteration as error:
        raise ScheduleError(f"The cron line {text!r} never fires; give a date that exists.") from error
    return line


@dataclass(frozen=True)
class Cron:
    """The instants that match a parsed cron line on the clocks of a zone.

    Over a change of the clocks it behaves as Debian's cron does: a line with fixed times (neither
    minute nor hour starts with ``*``) runs a time in the spring gap at the first instant after it
    and a repeated time once; any other line follows the clocks as they are shown.
    """

    line: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the matching instants strictly after the moment, in UTC, each once."""
        last = moment
        for instant in self._ordered(moment):
            if instant > last:
                last = instant
                yield instant

    def latest(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last instant from ``since`` to ``until``, both included.

        Halves the time in question at each step, so a year without a run costs about 25 steps.
        """
        latest = self._first(since - timedelta.resolution, until)
        if latest is None or self._first(latest, until) is None:
            return latest
        empty_after = until
        while empty_after - latest >= _SECOND:
            middle = latest + (empty_after - latest) / 2
            later = self._first(middle, until)
            if later is None:
                empty_after = middle
            else:
                latest = later
        return latest

    def _first(self, after: datetime, until: datetime) -> datetime | None:
        instant = next(self.after(after), None)
        return instant if instant is not None and instant <= until else None

    def _ordered(self, moment: datetime) -> Iterator[datetime]:
        repeated: deque[datetime] = deque()
        for wall in CronSim(self.line, self._first_wall(moment)):
            instants = self._instants(wall)
            while instants and repeated and repeated[0] < instants[0]:
                yield repeated.popleft()
            yield from instants[:1]
            repeated.extend(instants[1:])

    def _first_wall(self, moment: datetime) -> datetime:
        # If the clocks are set back within a day, some wall times before the present one come again.
        return min(wall_at(moment, self.zone), wall_at(moment + _DAY, self.zone) - _DAY)

    def _instants(self, wall: datetime) -> list[datetime]:
        minute, hour, *_ = self.line.split()
        if minute.startswith("*") or hour.startswith("*"):
            return instants_of(wall, self.zone)
        return [instant_of(wall, self.zone)]
