"""Core's own numbers: tasks, workers, health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ..executions import tasks
from ..health.checks import oldest_task
from ..health.registry import LEVELS
from ..health.report import recent_report
from ..health.running import busy_workers
from ..models import Cluster, State, TaskRun
from ..models.execution import ACTIVE
from .registry import Gauge, MetricSource, metric_sources

# Rows are counted up to so many: a scrape must not read a table of millions.
MAX_COUNTED = 100_000
OTHER = "other"
_FINISHED_WITHIN = timedelta(hours=1)


def read_tasks(now: datetime) -> Iterator[Gauge]:
    counted: Counter[tuple[str, ...]] = Counter()
    for state in ACTIVE:  # one by one: each has its partial index
        names = TaskRun.objects.filter(state=state).order_by().values_list("task", flat=True)
        for name, count in Counter(names[:MAX_COUNTED]).items():
            counted[name if name in tasks else OTHER, state.value.lower()] += count
    yield Gauge(
        name="smallweb_tasks",
        help=f"Task runs that wait or run; counted up to {MAX_COUNTED}.",
        labels=("task", "state"),
        values=counted,
    )
    since = oldest_task(now)
    yield Gauge(
        name="smallweb_tasks_oldest_wait_seconds",
        help="How long the task waits that could have started first; 0 when none waits.",
        values={(): 0.0 if since is None else (now - since).total_seconds()},
    )
    yield Gauge(
        name="smallweb_task_runs_finished",
        help=f"Task runs that ended within the last hour; the newest {MAX_COUNTED} are counted.",
        labels=("state",),
        values=_finished(now),
    )


def _finished(now: datetime) -> dict[tuple[str, ...], float]:
    ended = TaskRun.objects.filter(finished_at__gt=now - _FINISHED_WITHIN).order_by("-finished_at")
    counted = Counter(ended.values_list("state", flat=True)[:MAX_COUNTED])
    return {(state.value.lower(),): counted[state.value] for state in State if state not in ACTIVE}


def read_workers(now: datetime) -> Iterable[Gauge]:
    alive = list(Cluster.objects.alive(now))
    yield Gauge(name="smallweb_clusters", help="Worker clusters that live.", values={(): len(alive)})
    yield Gauge(
        name="smallweb_workers",
        help="Workers of the clusters that live.",
        values={(): sum(cluster.workers for cluster in alive)},
    )
    yield Gauge(
        name="smallweb_workers_busy",
        help="Workers that hold a run.",
        values={(): len(busy_workers(now))},
    )


def read_health(now: datetime) -> Iterable[Gauge]:
    yield Gauge(
        name="smallweb_health",
        help="What each health check finds: 0 ok, 1 warning, 2 critical.",
        labels=("check",),
        values={(result.name,): LEVELS.index(result.level) for result in recent_report.results(now)},
    )


def register_sources() -> None:
    for name, read in (("health", read_health), ("tasks", read_tasks), ("workers", read_workers)):
        metric_sources.register(MetricSource(name=name, origin="smallweb.core", read=read))
