"""What core itself looks at: the database, the bus, the workers and what waits for them, the disk."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import datetime, timedelta

import msgspec
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from ..channels.bus.base import Bus, Missed, Tail, get_bus
from ..channels.publications import Outgoing
from ..cluster.work import work_sources
from ..executions.browse import kinds
from ..models import Cluster, State, TaskRun
from ..patience import waiting_at_most
from .disk import disk_check
from .registry import WARN_AFTER_S, HealthCheck, HealthResult, health_checks, lag_result
from .report import DATABASE

DATABASE_WITHIN_S = 2.0
BUS_WITHIN_S = 2.0
# No namespace has this name, so no client may listen to it.
BUS_CHANNEL = "smallweb-health/round-trip"
START_WORKERS = "Run manage.py qcluster, or look into its log."


def check_database(now: datetime) -> HealthResult:
    """Write a row, read it back and take it back: nothing stays, but every lock and right is needed."""
    begun = time.monotonic()
    row = Cluster(
        id=uuid.uuid4(), name="health", host="", pid=0, workers=0, version="", started_at=now, seen_at=now
    )
    with waiting_at_most(DATABASE_WITHIN_S):
        row.save(force_insert=True)
        found = Cluster.objects.filter(pk=row.pk).exists()
        transaction.set_rollback(True)
    if not found:
        says, do = "A row that was written is not there.", "Look at the database's own log."
        return HealthResult(name=DATABASE, level="critical", says=says, do=do)
    took_ms = (time.monotonic() - begun) * 1000
    return HealthResult(name=DATABASE, level="ok", says=f"Written and read within {took_ms:.0f} ms.")


def check_migrations(now: datetime) -> HealthResult:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return HealthResult(name="migrations", level="ok", says="All are applied.")
    says = f"{len(missing)} are not applied, the first is {missing[0][0]}."
    return HealthResult(name="migrations", level="critical", says=says, do="Run manage.py migrate.")


def check_bus(now: datetime) -> HealthResult:
    """Publish on a channel of our own and read it as every web server does."""
    bus = get_bus()
    bus.recover(BUS_CHANNEL)  # a server that hangs is found here, within the client's own timeout
    begun = time.monotonic()
    tail = bus.tail()
    try:
        came = _comes_back(bus, tail, begun + BUS_WITHIN_S)
    finally:
        tail.close()
    took_s = time.monotonic() - begun
    if came:
        return HealthResult(name="bus", level="ok", says=f"There and back within {took_s * 1000:.0f} ms.")
    says = f"What was published did not come back within {BUS_WITHIN_S:g} s."
    return HealthResult(name="bus", level="critical", says=says, do="Look at what BUS_URL names.")


def _comes_back(bus: Bus, tail: Tail, until: float) -> bool:
    data = msgspec.json.encode(secrets.token_hex(8))
    bus.publish([Outgoing(BUS_CHANNEL, data)])
    while (left_s := until - time.monotonic()) > 0:
        try:
            if any(bytes(publication.data) == data for publication in tail.read(timeout_s=left_s)):
                return True
        except Missed:
            return False
    return False


def check_workers(now: datetime) -> HealthResult:
    clusters = list(Cluster.objects.alive(now))
    if clusters:
        workers = sum(cluster.workers for cluster in clusters)
        says = f"Clusters that live: {len(clusters)}, with {workers} workers."
        return HealthResult(name="workers", level="ok", says=says)
    earlier = now - timedelta(seconds=WARN_AFTER_S)
    waiting = [source.name for source in work_sources if source.find(earlier)]
    if waiting:
        says = f"No cluster lives, and work has waited for {WARN_AFTER_S:g} s: {', '.join(waiting)}."
        return HealthResult(name="workers", level="critical", says=says, do=START_WORKERS)
    says = "No cluster lives; nothing waits for one."
    return HealthResult(name="workers", level="warning", says=says, do=START_WORKERS)


def check_task_lag(now: datetime) -> HealthResult:
    do = "Add workers, or make the tasks shorter."
    return lag_result("tasks", what="tasks", since=oldest_task(now), now=now, do=do)


def oldest_task(now: datetime) -> datetime | None:
    """Return since when the task waits that could have started first; one look at an index."""
    waiting = TaskRun.objects.startable(now).order_by("run_after")
    return waiting.values_list("run_after", flat=True).first()


def check_leases(now: datetime) -> HealthResult:
    """Each living cluster takes back what dead workers held: what is left shows that it cannot."""
    before = now - timedelta(seconds=WARN_AFTER_S)
    over = sum(
        model._default_manager.filter(state=State.RUNNING, lease_expires_at__lt=before).count()
        for model in kinds()
    )
    if not over:
        return HealthResult(name="leases", level="ok", says="Dead workers hold nothing.")
    says = f"{over} runs are held by dead workers and were not taken back."
    return HealthResult(name="leases", level="warning", says=says, do=START_WORKERS)


def register_checks() -> None:
    """Register what core looks at, in the order in which it is shown."""
    for name, look in (
        (DATABASE, check_database),
        ("migrations", check_migrations),
        ("workers", check_workers),
        ("tasks", check_task_lag),
        ("leases", check_leases),
    ):
        health_checks.register(HealthCheck(name=name, origin="smallweb.core", look=look))
    for name, look in (("bus", check_bus), ("disk", disk_check)):
        health_checks.register(
            HealthCheck(name=name, origin="smallweb.core", look=look, needs_database=False)
        )
