"""One server for all tests that do not kill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uploads.resumable.site import Site, migrate, served


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a site that has just been migrated."""
    return migrate(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("site"), database) as running:
        yield running


@pytest.fixture(scope="session")
def daphne_site(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("daphne"), database, server="daphne") as running:
        yield running


@pytest.fixture(params=["site", "daphne_site"])
def any_site(request: pytest.FixtureRequest) -> Site:
    """The same on each server."""
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def own_site(tmp_path: Path, database: Path) -> Iterator[Site]:
    """A server for this test alone."""
    with served(tmp_path, database) as running:
        yield running
