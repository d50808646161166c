"""What health and metrics say of queues."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..core.health import HealthCheck, HealthResult, health_checks, lag_result
from ..core.metrics import Gauge, MetricSource, metric_sources
from .services.describe_queues import MAX_COUNTED, describe_queues, oldest_waiting

NAME = "queues"
DO = "Look for the reason in the log of manage.py qcluster, or give the consumer more processes."


def check_queues(now: datetime) -> HealthResult:
    return lag_result(NAME, what="items of queues", since=oldest_waiting(), now=now, do=DO)


def read_queues(now: datetime) -> Iterator[Gauge]:
    queues = describe_queues()
    yield Gauge(
        name="smallweb_queue_items",
        help=f"Items of durable queues; the oldest {MAX_COUNTED} are counted.",
        labels=("queue", "state"),
        values={
            (queue.name, state): getattr(queue, state)
            for queue in queues
            for state in ("waiting", "held", "failed")
        },
    )
    yield Gauge(
        name="smallweb_queue_oldest_wait_seconds",
        help="How long the oldest item of a queue waits; 0 when none waits.",
        labels=("queue",),
        values={(queue.name,): _waited_s(queue.oldest_at, now) for queue in queues},
    )


def _waited_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


def register_queues(origin: str) -> None:
    health_checks.register(HealthCheck(name=NAME, origin=origin, look=check_queues))
    metric_sources.register(MetricSource(name=NAME, origin=origin, read=read_queues))
