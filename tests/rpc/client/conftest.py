"""What the tests of the Python client share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rpc.client.relay import Relay, relayed
from tests.rpc.client.site import Site, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run one server for all tests of a file."""
    with served(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def relay(site: Site) -> Iterator[Relay]:
    """Stand between a client and the server."""
    with relayed(site.port) as running:
        yield running
