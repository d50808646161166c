"""What is wrong with a schedule."""

from __future__ import annotations

from ...core.exceptions import SmallwebError


class ScheduleError(SmallwebError):
    """An interval, cron text, time zone or date of which no schedule can be made."""

    code = "bad_schedule"
