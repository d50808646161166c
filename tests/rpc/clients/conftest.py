"""What the tests of other projects' clients share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rpc.client.relay import Relay, relayed
from tests.rpc.client.site import Site, served
from tests.rpc.clients.driven import install
from tests.services import require_service


@pytest.fixture(scope="session")
def node() -> str:
    """Return Node's path, with the packages there."""
    program = require_service("node")
    install(require_service("npm"))
    return program


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
