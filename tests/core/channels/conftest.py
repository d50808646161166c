"""A bus and namespaces for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels import namespaces
from smallweb.core.channels.bus.base import Bus, get_bus
from smallweb.core.channels.bus.redis import RedisBus
from tests.core.buses import NAMESPACES, bus_url


@pytest.fixture(params=["sqlite", "redis"])
def bus(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[Bus]:
    """The site's bus, of both kinds in turn."""
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": bus_url(request.param, tmp_path),
    }
    with namespaces.temporarily(*NAMESPACES):
        found = get_bus()
        yield found
        if isinstance(found, RedisBus):
            _remove_keys(found)
        found.close()


def _remove_keys(bus: RedisBus) -> None:
    client = bus._client()
    for key in client.scan_iter(f"{bus.prefix}*"):
        client.delete(key)
