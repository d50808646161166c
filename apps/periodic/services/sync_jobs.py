"""Rows for the pages and jobs of the code."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from django.utils import timezone

from ...core.cluster import ring_workers
from ...core.paths import name_of
from ...core.sync import SyncResult, sync_rows
from ..models import Job, Page
from ..registry import JobEntry, jobs, pages
from ..schedule import ScheduleError
from .schedule_job import SCHEDULE_FIELDS, start_schedule

logger = logging.getLogger(__name__)


def page_name(entry: JobEntry) -> str:
    """Return the name of the entry's page; an absolute path is turned into one. Raises OutsideSites."""
    path = entry.page
    if isinstance(path, str) and not path.startswith("/"):
        return path
    return name_of(Path(path))


def sync_pages() -> SyncResult:
    """Make a row of every page that a job or ``page()`` names."""
    defaults: dict[str, dict[str, Any]] = {page_name(entry): {} for entry in jobs}
    for entry in pages:
        defaults[entry.name] = {"allow_partial": entry.allow_partial, "mode": entry.mode}
    return sync_rows(Page, defaults)


def sync_jobs() -> SyncResult:
    """Make a row of every job of the code, its page's row too, and start its schedule."""
    sync_pages()
    page_ids = dict(Page.objects.values_list("name", "pk"))
    defaults = {
        entry.name: {"page_id": page_ids[page_name(entry)], "function": entry.function, **entry.values}
        for entry in jobs
    }
    schedules = {job.pk: _schedule_fields(job) for job in Job.objects.all()}
    result = sync_rows(Job, defaults)
    for job in Job.objects.filter(name__in=result.created + result.updated):
        if schedules.get(job.pk) != _schedule_fields(job):
            _start(job)
    if result.created or result.updated:
        ring_workers()
    return result


def _schedule_fields(job: Job) -> tuple[Any, ...]:
    return tuple(getattr(job, field) for field in SCHEDULE_FIELDS)


def _start(job: Job) -> None:
    try:
        start_schedule(job, now=timezone.now())
    except ScheduleError:
        logger.exception("job=%s has a schedule that cannot be read", job.name)
    job.save(update_fields=["anchored_at", "next_due", "wake_at"])

