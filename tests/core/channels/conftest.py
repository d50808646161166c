"""A bus and namespaces for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels import namespaces
from smallweb.core.channels.bus.base import Bus, get_bus
from tests.core.bus_remains import remove_bus
from tests.core.buses import NAMESPACES, bus_url


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def bus(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[Bus]:
    """The site's bus, of each kind in turn."""
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": bus_url(request.param, tmp_path),
    }
    with namespaces.temporarily(*NAMESPACES):
        found = get_bus()
        yield found
        remove_bus(found)
