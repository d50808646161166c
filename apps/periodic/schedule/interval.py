"""How often: lengths of time as people write them ("10s", "1h30m", "1d", "1mo")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from ..exceptions import ScheduleError

_TEXT = re.compile(
    r"(?:(?P<y>\d{1,9})y)? ?(?:(?P<mo>\d{1,9})mo)? ?(?:(?P<w>\d{1,9})w)? ?(?:(?P<d>\d{1,9})d)? ?"
    r"(?:(?P<h>\d{1,9})h)? ?(?:(?P<m>\d{1,9})m)? ?(?:(?P<s>\d{1,9})s)?",
    re.ASCII,
)
_WANTED = "wanted a length such as '10s', '5m', '1h30m', '1d', '1w', '1mo' or '1y', or a number of minutes"
_DAY = timedelta(days=1)
_DAY_S = 86_400
_MONTH_S = (400 * 365 + 97) * _DAY_S // (400 * 12)  # over the 400 years after which the calendar repeats
_LONGEST_S = 100 * 366 * _DAY_S


@dataclass(frozen=True)
class Interval:
    """The step from one due time to the next, 1 second to 100 years.

    Either ``seconds`` of absolute time, or ``months`` and ``days`` of the calendar in the schedule's
    time zone, never both. ``str()`` gives the text that ``parse_every`` reads back. Raises
    ScheduleError.
    """

    seconds: int = 0
    days: int = 0
    months: int = 0

    def __post_init__(self) -> None:
        if self.seconds and (self.days or self.months):
            raise ScheduleError(
                f"The interval '{self}' mixes calendar steps (y, mo, w, d) with clock steps (h, m, s); "
                "use one kind, such as '36h' for one day and a half."
            )
        if min(self.seconds, self.days, self.months) < 0 or not (self.seconds or self.days or self.months):
            raise ScheduleError(f"The interval '{self}' is not above zero; give at least '1s'.")
        if self.average_s > _LONGEST_S:
            raise ScheduleError(f"The interval '{self}' is too long; give at most '100y'.")

    def __str__(self) -> str:
        return "".join(f"{count}{unit}" for unit, count in self.parts()) or "0s"

    @property
    def average_s(self) -> int:
        """The mean length in seconds; for absolute time the exact one."""
        return self.seconds + self.days * _DAY_S + self.months * _MONTH_S

    def parts(self) -> list[tuple[str, int]]:
        """Return the non-zero (unit, count) pairs, longest unit first."""
        minutes, seconds = divmod(self.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        years, months = divmod(self.months, 12)
        weeks, days = divmod(self.days, 7) if self.days % 7 == 0 else (0, self.days)
        counts = {"y": years, "mo": months, "w": weeks, "d": days, "h": hours, "m": minutes, "s": seconds}
        return [(unit, count) for unit, count in counts.items() if count]


def parse_every(value: str | int | float | timedelta) -> Interval:
    """Return the interval that a person or a decorator gave.

    Text is counts with units, longest first: y, mo, w, d (calendar steps) or h, m, s (absolute time).
    A number is minutes. A timedelta of whole days is calendar days, as adding it to a local time
    would be; any other is absolute. Clock steps are whole seconds. Raises ScheduleError.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, timedelta):
        return _from_timedelta(value)
    return _from_minutes(value)


def _parse_text(text: str) -> Interval:
    match = _TEXT.fullmatch(text.strip())
    if match is None or not text.strip():
        raise ScheduleError(f"Cannot read the interval {text!r}; {_WANTED}.")
    count = {unit: int(digits or 0) for unit, digits in match.groupdict().items()}
    return Interval(
        seconds=count["h"] * 3600 + count["m"] * 60 + count["s"],
        days=count["w"] * 7 + count["d"],
        months=count["y"] * 12 + count["mo"],
    )


def _from_timedelta(length: timedelta) -> Interval:
    if length % _DAY:
        return Interval(seconds=_whole_seconds(length / timedelta(seconds=1), repr(length)))
    return Interval(days=length // _DAY)


def _from_minutes(minutes: object) -> Interval:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not abs(minutes) < _LONGEST_S:
        raise ScheduleError(f"Cannot read the interval {minutes!r}; {_WANTED}.")
    return Interval(seconds=_whole_seconds(minutes * 60, f"{minutes!r} minutes"))


def _whole_seconds(seconds: int | float, given: str) -> int:
    whole = round(seconds)
    if abs(seconds - whole) > 1e-6:
        raise ScheduleError(
            f"The interval {given} is {seconds:g} s; give a whole number of seconds, 1 or more."
        )
    return whole
