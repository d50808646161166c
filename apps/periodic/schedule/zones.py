"""Between what a zone's clocks show (a wall time, naive) and instants (aware, in UTC)."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from ..exceptions import ScheduleError

_SECOND = timedelta(seconds=1)


def load_zone(name: str) -> ZoneInfo:
    """Return the zone of the IANA database with this name. Raises ScheduleError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        nearest = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = nearest[0] if nearest else "Europe/Berlin"
        raise ScheduleError(
            f"No time zone is called {name!r}; wanted an IANA name such as {hint!r}."
        ) from error


def require_aware(moment: datetime, name: str) -> datetime:
    """Return the moment in UTC. Raises ScheduleError for one without a zone or outside 1900-8999."""
    if moment.utcoffset() is None:
        raise ScheduleError(f"{name} is {moment!r}, which has no time zone; give an aware datetime.")
    if not 1900 <= moment.year < 9000:
        raise ScheduleError(f"{name} is {moment.isoformat()}; give a year from 1900 to 8999.")
    return moment.astimezone(UTC)


def wall_at(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the zone's clocks show at this instant."""
    return instant.astimezone(zone).replace(tzinfo=None)


def instants_of(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return when the clocks show this: once, never in a spring gap, twice when they are set back."""
    readings = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(instant for instant in readings if wall_at(instant, zone) == wall)


def instant_of(wall: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """Return the one instant at which something planned for this wall time happens.

    In a spring gap it is the first instant after the gap; of two instants ``fold`` chooses.
    """
    found = instants_of(wall, zone)
    return found[-fold] if found else _end_of_gap(wall.replace(microsecond=0), zone)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    # Inside a gap fold=1 reads the wall time by the offset after the change, which is an instant before
    # it, and fold=0 by the offset before, which is an instant after it (PEP 495).
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
