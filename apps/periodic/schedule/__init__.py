"""When jobs are due: intervals, cron lines, catching up, jitter and maintenance windows.

Pure: no clock is read, no row is touched; every moment comes in as an aware datetime.
"""

from __future__ import annotations

from .catch_up import CatchUp, DuePlan, plan_due
from .interval import Interval, parse_every
from .jitter import jitter_offset
from .schedule import Schedule, upcoming
from .windows import WeeklyWindow, Window, window_end
from .words import describe

__all__ = [
    "CatchUp",
    "DuePlan",
    "Interval",
    "Schedule",
    "WeeklyWindow",
    "Window",
    "describe",
    "jitter_offset",
    "parse_every",
    "plan_due",
    "upcoming",
    "window_end",
]
