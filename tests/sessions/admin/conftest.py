"""People with and without permissions, and the rows of the tests' apps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from smallweb.core.channels.bus.base import get_bus
from smallweb.sessions.models import AppRow
from smallweb.sessions.registry import apps, describe_app
from smallweb.sessions.services.sync_apps import rows, sync_apps
from tests.core.buses import bus_url
from tests.people import boss, logged_in

__all__ = ["boss", "logged_in"]

APP = "smallweb_sessions"


@pytest.fixture
def app_row(db: None, host: None, settings: Any, tmp_path: Any) -> Iterator[AppRow]:
    """The row of an app of the code."""
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": bus_url("sqlite", tmp_path)}
    made = describe_app("talker", "tests.sessions.talker:app", memory_mb=300, max_per_app=5)
    with apps.temporarily(made):
        sync_apps()
        yield AppRow.objects.get(name="talker")
    rows.forget()
    get_bus().close()


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a function that logs in a new staff member with these permissions."""

    def log_in(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        found = Permission.objects.filter(content_type__app_label=APP, codename__in=codenames)
        assert len(found) == len(set(codenames)), codenames
        user.user_permissions.set(found)
        return logged_in(user)

    return log_in
