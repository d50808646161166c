"""Servers that host apps: one for all tests that do not kill it, and one for a test alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.sessions.client import Visitor
from tests.sessions.hosted import host, no_host, shared_host
from tests.sessions.site import Site, migrate, served

__all__ = ["host", "no_host", "shared_host"]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a site that has just been migrated."""
    return migrate(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("site"), database, max_per_visitor=0, max_per_address=0) as running:
        yield running


@pytest.fixture(scope="session")
def daphne_site(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("daphne")
    with served(folder, database, server="daphne", max_per_visitor=0, max_per_address=0) as running:
        yield running


@pytest.fixture(params=["site", "daphne_site"])
def any_site(request: pytest.FixtureRequest) -> Site:
    """The same on each server."""
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def serve(tmp_path: Path, database: Path) -> Iterator[Callable[..., Site]]:
    """Serve a site for this test alone; keywords are settings of ``served``."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(served(tmp_path, database, **settings))


@pytest.fixture
def own_site(serve: Callable[..., Site]) -> Site:
    return serve()


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    """Somebody new, without a login."""
    came = Visitor(site)
    yield came
    came.http.close()


@pytest.fixture
def come(site: Site) -> Iterator[Callable[..., Visitor]]:
    """Have a visitor come: a user, or somebody new."""
    with ExitStack() as stack:

        def made(name: str = "", to: Site = site) -> Visitor:
            visitor = Visitor(to, name)
            stack.callback(visitor.http.close)
            return visitor

        yield made
