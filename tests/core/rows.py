"""Rows of workers and of what they do, as tests want them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from smallweb.core.models import Cluster, State, TaskRun

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def after(seconds: float, now: datetime = NOW) -> datetime:
    return now + timedelta(seconds=seconds)


def make_cluster(**fields: Any) -> Cluster:
    values: dict[str, Any] = {
        "name": "site",
        "host": "earth",
        "pid": 100,
        "workers": 2,
        "version": "1",
        "started_at": after(-3600),
        "seen_at": NOW,
    }
    return Cluster.objects.create(**{**values, **fields})


def make_task(task: str = "tests.host.backend.sleep", **fields: Any) -> TaskRun:
    """Make a run that has waited since NOW."""
    return TaskRun.objects.create(**{"task": task, "timeout_s": 60, "run_after": NOW, **fields})


def make_running(
    tree: uuid.UUID, pid: int, *, lease_expires_at: datetime | None = None, **fields: Any
) -> TaskRun:
    held = {
        "state": State.RUNNING,
        "holder": tree,
        "worker_pid": pid,
        "lease": uuid.uuid4(),
        "lease_expires_at": lease_expires_at or after(30),
        "started_at": after(-5),
        "attempt": 1,
    }
    return make_task(**{**held, **fields})
