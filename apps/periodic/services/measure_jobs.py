"""How the jobs are, for monitors: how late, how many, how many failing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ...core.health import HealthResult, lag_result
from ...core.metrics import Gauge
from ...core.models import State
from ..models import Job

SCHEDULE = "schedule"


def check_schedule(now: datetime) -> HealthResult:
    do = "Add workers, or give jobs of slow functions a longer interval."
    return lag_result(SCHEDULE, what="due jobs", since=_oldest_due(now), now=now, do=do)


def read_jobs(now: datetime) -> Iterator[Gauge]:
    since = _oldest_due(now)
    live = Job.objects.live()
    failed = live.filter(last_state__in=[State.FAILED, State.LOST])
    yield _gauge("smallweb_job_live", "Jobs that run when they are due.", live.count())
    yield _gauge("smallweb_job_due", "Jobs that are due and not begun.", Job.objects.due(now).idle().count())
    yield _gauge("smallweb_job_failed", "Jobs whose last run failed or was lost.", failed.count())
    waits_s = 0.0 if since is None else (now - since).total_seconds()
    yield _gauge("smallweb_job_oldest_wait_seconds", "How long the first of the due jobs waits.", waits_s)


def _oldest_due(now: datetime) -> datetime | None:
    due = Job.objects.due(now).idle().order_by("wake_at")
    return due.values_list("wake_at", flat=True).first()


def _gauge(name: str, help_: str, value: float) -> Gauge:
    return Gauge(name=name, help=help_, values={(): value})
