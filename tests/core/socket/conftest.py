"""A bus and namespaces for each test of the socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels import namespaces
from smallweb.core.channels.bus.base import Bus, get_bus
from smallweb.core.channels.namespace_rows import namespace_rows
from tests.core.buses import NAMESPACES, bus_url


@pytest.fixture(autouse=True)
def database_connections(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the auth middleware close idle connections, as it does for visitors who have no session."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(autouse=True)
def forgotten_rows() -> Iterator[None]:
    """Have each test read the namespaces' rows anew: those of another test are gone."""
    namespace_rows.forget()
    yield
    namespaces.take_rows(())
    namespace_rows.forget()


@pytest.fixture
def bus(tmp_path: Path, settings: Any) -> Iterator[Bus]:
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": bus_url("sqlite", tmp_path),
    }
    with namespaces.temporarily(*NAMESPACES):
        found = get_bus()
        yield found
        found.close()
