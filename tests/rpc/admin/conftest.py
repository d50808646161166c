"""A till with rows of all kinds, and people with and without permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.rpc import serve
from smallweb.rpc.models import CallRecord, RemoteMember, RemoteObject, TrackedValue
from smallweb.rpc.services.sync_objects import sync_objects
from tests.acceptance.till.things import Till
from tests.people import boss, logged_in

__all__ = ["boss", "logged_in"]

SEEING = ("view_remoteobject", "view_remotemember", "view_trackedvalue", "view_callrecord")


@pytest.fixture
def till(db: None) -> Till:
    """A served till whose rows are there."""
    till = Till()
    serve(till=till, access="staff", attrs={"total": "rwd", "drawer": "object", "drawer.is_open": "r"})
    sync_objects()
    return till


@pytest.fixture
def rows(till: Till) -> dict[str, Any]:
    """One row of each model, by the model's name."""
    TrackedValue.objects.create(path="till.volume", value={"value": 7})
    call = CallRecord.objects.create(
        at=timezone.now(), path="till.add", verb="call", outcome="ok", duration_ms=2, arguments={"a": 1}
    )
    return {
        "remoteobject": RemoteObject.objects.get(name="till"),
        "remotemember": member("till.add"),
        "trackedvalue": TrackedValue.objects.get(),
        "callrecord": call,
    }


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a function that logs in a new staff member with these permissions of rpc."""

    def log_in(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        found = Permission.objects.filter(content_type__app_label="smallweb_rpc", codename__in=codenames)
        assert len(found) == len(set(codenames)), codenames
        user.user_permissions.set(found)
        return logged_in(user)

    return log_in


def member(name: str) -> RemoteMember:
    return RemoteMember.objects.get(name=name)
