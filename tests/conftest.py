"""What every test of the suite may use."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tests.services import require_service
from tests.settings import HOME, RUN_DIR
from tests.waiting import wait_for

__all__ = ["require_service"]

# A machine that is busy with other things is no fault of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """End what holds a connection before the database is taken away: the child that runs tasks, and the
    thread in which coroutines call what blocks.
    """
    from tests.clean_database import keep_what_is_there

    with django_db_blocker.unblock():
        keep_what_is_there()
    yield
    from asgiref.sync import sync_to_async
    from django.db import connection, connections

    from smallweb.core.invoke import worker_host

    worker_host.close()
    asyncio.run(sync_to_async(connections.close_all)())
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            wait_for(_nobody_else_is_connected)


def _nobody_else_is_connected() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone() is None


def pytest_configure() -> None:
    HOME.mkdir(parents=True, exist_ok=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(RUN_DIR, ignore_errors=True)
