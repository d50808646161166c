"""Tasks to run, runs of them in every state, and people with and without permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.core.executions import tasks
from smallweb.core.executions.registry import Task
from smallweb.core.models import State, TaskRun
from tests.people import boss, logged_in

__all__ = ["boss", "logged_in"]


def send(to: str, count: int = 1, token: str = "", more: Any = None) -> str:
    return f"sent {count} to {to}"


@pytest.fixture(autouse=True)
def known_tasks() -> Iterator[None]:
    with tasks.temporarily(Task(name="shop.send", function=send)):
        yield


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a function that logs in a new staff member with these permissions, ``app.codename``."""

    def log_in(*names: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        for name in names:
            app, codename = name.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        return logged_in(user)

    return log_in


def make_run(state: str = State.READY, *, age_s: float = 60, **values: Any) -> TaskRun:
    """Return a run that was made so long ago; one that is over took a second."""
    made: datetime = timezone.now() - timedelta(seconds=age_s)
    begun = None if state == State.READY else made
    ended = made + timedelta(seconds=1) if state not in (State.READY, State.RUNNING) else None
    standard = {
        "task": "shop.send", "arguments": {"to": "ann"}, "timeout_s": 5, "run_after": made,
        "started_at": begun, "finished_at": ended, "attempt": 0 if begun is None else 1,
    }  # fmt: skip
    return TaskRun.objects.create(state=state, **{**standard, **values})
