"""Workers of a test: what they do happens in the test's own process, the calls in its child."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from smallweb.core.cluster.stop import take_back_stop
from smallweb.core.invoke import worker_host
from smallweb.core.models import TaskRun
from tests.workers import run_all_tasks

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_stop() -> Iterator[None]:
    yield
    take_back_stop()


@pytest.fixture
def new_child() -> Iterator[None]:
    """A child that knows what the test has registered, and is not kept."""
    worker_host.close()
    yield
    worker_host.close()


def make_run(task: str = "nothing", **fields: Any) -> TaskRun:
    values: dict[str, Any] = {"task": task, "run_after": NOW, "timeout_s": 30.0, **fields}
    return TaskRun.objects.create(**values)


def ended(run: TaskRun) -> TaskRun:
    """Return the run after the worker has done what waits."""
    run_all_tasks()
    return fresh(run)


def fresh(run: TaskRun) -> TaskRun:
    return TaskRun.objects.get(pk=run.pk)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def meanwhile(function: Callable[[], object]) -> Thread:
    """Start the function in a thread with a database connection of its own."""

    def run() -> None:
        try:
            function()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread
