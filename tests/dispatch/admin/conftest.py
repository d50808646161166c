"""The nodes of the tests' controllers, and people with and without permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.core.models import TaskRun
from smallweb.dispatch.models import Node, RequestRecord, Ticket
from smallweb.dispatch.services.sync_nodes import sync_nodes
from tests.people import boss, logged_in

__all__ = ["boss", "logged_in"]

SEEING = ("view_node", "view_requestrecord", "view_ticket")
OPEN = "examples/probe/Open"


@pytest.fixture
def nodes(db: None) -> None:
    sync_nodes()


@pytest.fixture
def rows(nodes: None) -> dict[str, Any]:
    """One row of each model, by the model's name."""
    record = RequestRecord.objects.create(
        at=timezone.now(), path=f"{OPEN}/add", method="GET", status=200, outcome="ok", duration_ms=2,
        arguments={"a": "1"},
    )  # fmt: skip
    return {"node": node(f"{OPEN}/add"), "requestrecord": record, "ticket": make_ticket(None)}


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a function that logs in a new staff member with these permissions of dispatch and core."""

    def log_in(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        apps = ("smallweb_dispatch", "smallweb_core", "auth")
        found = Permission.objects.filter(content_type__app_label__in=apps, codename__in=codenames)
        assert len(found) == len(set(codenames)), codenames
        user.user_permissions.set(found)
        return logged_in(user)

    return log_in


def node(name: str) -> Node:
    return Node.objects.get(name=name)


def make_ticket(user: Any, **values: Any) -> Ticket:
    run = TaskRun.objects.create(
        task=f"dispatch:{OPEN}/count", run_after=timezone.now(), timeout_s=60, **values
    )
    return Ticket.objects.create(run=run, user=user, path=f"{OPEN}/count", method="count")
