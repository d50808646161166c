"""Schedules in words."""

from __future__ import annotations

from datetime import datetime

from cronsim.explain import explain

from .cron import Cron
from .interval import Interval
from .schedule import Schedule

_UNITS = {"y": "year", "mo": "month", "w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}


def describe(schedule: Schedule) -> str:
    """Return the rule in a few English words: "every day at 09:00 (Europe/Berlin)".

    The zone is named where it makes a difference; the start and the end are left out.
    """
    if isinstance(schedule.rule, Cron):
        return _describe_cron(schedule.rule.line, schedule.time_zone)
    every = schedule.rule.every
    if every.seconds:
        return _count(every)
    local = schedule.rule.anchor.astimezone(schedule.zone)
    return f"{_count(every)}{_day(every, local)} at {_clock(local)} ({schedule.time_zone})"


def _describe_cron(line: str, time_zone: str) -> str:
    text = explain(line)
    text = text[0].lower() + text[1:]
    return text if line.split()[1:] == ["*"] * 4 else f"{text} ({time_zone})"


def _count(every: Interval) -> str:
    parts = every.parts()
    if len(parts) == 1 and parts[0][1] == 1:
        return f"every {_UNITS[parts[0][0]]}"
    return "every " + " ".join(f"{count} {_UNITS[unit]}{'s' * (count > 1)}" for unit, count in parts)


def _day(every: Interval, local: datetime) -> str:
    if every.months and every.days:
        return f" from {local.day} {local:%B %Y}"
    if every.months % 12:
        return f" on day {local.day}{' or the last day' if local.day > 28 else ''}"
    if every.months:
        return (
            f" on {local.day} {local:%B}{' or the last day' if (local.month, local.day) == (2, 29) else ''}"
        )
    return "" if every.days % 7 else f" on {local:%A}"


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
