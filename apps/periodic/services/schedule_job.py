"""The schedule of a job row, and the moves that change what is due."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from ...core.exceptions import SmallwebError
from ..models import Job, MaintenanceWindow
from ..schedule import WeeklyWindow, Window, jitter_offset, upcoming, window_end

logger = logging.getLogger(__name__)

SCHEDULE_FIELDS = ("every", "cron", "time_zone", "starts_at", "ends_at", "jitter_s")
DUE_FIELDS = ("anchored_at", "next_due", "wake_at")


def start_schedule(job: Job, *, now: datetime) -> None:
    """Begin the schedule: an interval is due at once and keeps the grid through now; a cron line waits.

    The grid lies on whole seconds, so that the jobs of a page are due together and share one write.
    The caller saves. Raises ScheduleError.
    """
    job.anchored_at = now = now.replace(microsecond=0)
    schedule = job.schedule()
    begins_now = bool(job.every) and (job.starts_at is None or job.starts_at <= now)
    set_next_due(job, now if begins_now else schedule.next_after(now))


def resume_schedule(job: Job, *, now: datetime) -> None:
    """Wait for the next due time after now; what was missed meanwhile is not caught up. The caller saves."""
    set_next_due(job, job.schedule().next_after(now))


def skip_next(job: Job) -> None:
    """Leave out the next due time. The caller saves."""
    if job.next_due is not None:
        set_next_due(job, job.schedule().next_after(job.next_due))


def set_next_due(job: Job, due_at: datetime | None) -> None:
    job.next_due = due_at
    job.wake_at = None if due_at is None else due_at + jitter_offset(job.name, due_at, job.jitter_s)


def upcoming_due_times(job: Job, *, now: datetime, count: int = 5) -> list[datetime]:
    """Return the next due times after now, at most ``count``."""
    return upcoming(job.schedule(), now, count)


class Windows:
    """The enabled maintenance windows, read once for a pass."""

    def __init__(self) -> None:
        self._all: list[Window | WeeklyWindow] = []
        self._of_page: dict[int, list[Window | WeeklyWindow]] = {}
        for row in MaintenanceWindow.objects.filter(enabled=True).prefetch_related("pages"):
            try:
                self._add(_window_of(row), [page.pk for page in row.pages.all()])
            except (SmallwebError, ValueError):
                logger.exception("window=%s cannot be read and does not hold", row.name)

    def end(self, page_id: int, moment: datetime) -> datetime | None:
        """Return when the window that holds for this page now ends; None when there is none."""
        windows = self._all + self._of_page.get(page_id, [])
        return window_end(windows, moment) if windows else None

    def _add(self, window: Window | WeeklyWindow, page_ids: Iterable[int]) -> None:
        found = False
        for page_id in page_ids:
            self._of_page.setdefault(page_id, []).append(window)
            found = True
        if not found:
            self._all.append(window)


def _window_of(row: MaintenanceWindow) -> Window | WeeklyWindow:
    if row.starts_at is not None and row.ends_at is not None:
        return Window(row.starts_at.astimezone(UTC), row.ends_at.astimezone(UTC))
    if row.start_time is None or not row.duration_s or not row.is_weekly:
        raise ValueError("it has neither a start and an end nor weekdays with a time and a duration")
    return WeeklyWindow(
        row.weekday_numbers,
        row.start_time,
        timedelta(seconds=row.duration_s),
        row.time_zone or timezone.get_default_timezone_name(),
    )
