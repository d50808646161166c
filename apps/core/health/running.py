"""What the workers work on now, whatever kind of execution it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from ..executions.browse import kinds
from ..models import Cluster, Execution, State

MAX_LISTED = 500


@dataclass(frozen=True, kw_only=True)
class RunningWork:
    """One running execution: its ``kind`` is the model's name, ``tree`` the cluster that holds it."""

    kind: str
    label: str
    run: Execution
    tree: uuid.UUID | None
    worker_pid: int | None
    started_at: datetime | None
    attempt: int
    progress: Any = None


def running_work(now: datetime, *, tree: uuid.UUID | None = None) -> list[RunningWork]:
    """Return what runs under a lease that holds, of one cluster or of all: the first MAX_LISTED of each kind.

    A worker may hold several runs at once; it calls one after the other.
    """
    chosen = Q(lease_expires_at__gte=now) if tree is None else Q(lease_expires_at__gte=now, holder=tree)
    return [
        _described(run)
        for model in kinds()
        for run in model._default_manager.filter(chosen, state=State.RUNNING)
        .select_related()
        .order_by("worker_pid", "started_at", "pk")[:MAX_LISTED]
    ]


def busy_workers(now: datetime) -> set[tuple[uuid.UUID | None, int | None]]:
    """Return the cluster and the process of each worker that holds a run; bounded by the runs that run."""
    return {
        (holder, pid)
        for model in kinds()
        for holder, pid in model._default_manager.filter(lease_expires_at__gte=now, state=State.RUNNING)
        .order_by()
        .values_list("holder", "worker_pid")
        .distinct()
    }


def busy_counts(clusters: Iterable[Cluster], now: datetime) -> dict[uuid.UUID, int]:
    """Return how many workers of each of these clusters hold a run."""
    busy = busy_workers(now)
    return {cluster.pk: sum(tree == cluster.pk for tree, _ in busy) for cluster in clusters}


def _described(run: Execution) -> RunningWork:
    return RunningWork(
        kind=str(run._meta.verbose_name),
        label=str(run),
        run=run,
        tree=run.holder,
        worker_pid=run.worker_pid,
        started_at=run.started_at,
        attempt=run.attempt,
        progress=getattr(run, "progress", None),
    )
