"""Rows for the pages and jobs of the code."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from django.utils import timezone

from ...core.cluster import ring_workers
from ...core.sites.paths import locate, name_of
from ...core.sync import SyncResult, sync_rows
from ..exceptions import ScheduleError
from ..models import Job, Page
from ..registry import JobEntry, PageEntry, jobs, pages
from .schedule_job import DUE_FIELDS, SCHEDULE_FIELDS, start_schedule

logger = logging.getLogger(__name__)


def page_name(entry: JobEntry) -> str:
    """Return the name of the entry's page; an absolute path is turned into one. Raises OutsideSites."""
    path = entry.page
    if isinstance(path, str) and not path.startswith("/"):
        return locate(path).name
    return name_of(Path(path))


def sync_pages() -> SyncResult:
    """Make a row of every page that a job or ``page()`` names."""
    entries = {page_name(entry): PageEntry(name=page_name(entry)) for entry in jobs}
    entries |= {entry.name: entry for entry in pages}
    defaults = {
        name: {"allow_partial": entry.allow_partial, "mode": entry.mode} for name, entry in entries.items()
    }
    return sync_rows(Page, defaults)


def sync_jobs() -> SyncResult:
    """Make a row of every job of the code, its page's row too, and start its schedule."""
    sync_pages()
    page_ids = dict(Page.objects.values_list("name", "pk"))
    defaults = {
        entry.name: {"page_id": page_ids[page_name(entry)], "function": entry.function, **entry.values}
        for entry in jobs
    }
    result = sync_rows(Job, defaults, prepare=_start_if_rescheduled)
    # Who takes a job out of the code expects that it runs no more; back in the code it starts anew.
    Job.objects.filter(name__in=result.vanished).update(next_due=None, wake_at=None)
    if result.created or result.updated:
        ring_workers()
    return result


def _start_if_rescheduled(job: Job, changed: list[str]) -> Iterable[str]:
    if not (job._state.adding or set(changed) & {"in_code", *SCHEDULE_FIELDS}):
        return ()
    try:
        start_schedule(job, now=timezone.now())
    except ScheduleError:
        logger.exception("job=%s has a schedule that cannot be read", job.name)
    return DUE_FIELDS
