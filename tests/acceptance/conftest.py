"""The project, running, and a real browser in front of it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.admin_pages import login, open_admin
from tests.acceptance.hosted_site import HostedSite, closing
from tests.acceptance.running_site import RunningSite, running_site
from tests.services import require_service

__all__ = ["login", "open_admin"]

_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The demo, started once for the tests of a file."""
    with running_site(tmp_path_factory.mktemp("site") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window; skipped where there is none."""
    path = require_service("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=_CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a site that has just been migrated."""
    site = HostedSite(tmp_path_factory.mktemp("migrated"))
    assert site.run("migrate", "--verbosity=0").returncode == 0
    return site.folder / "db.sqlite3"


@pytest.fixture
def hosted(tmp_path: Path, migrated: Path) -> Iterator[HostedSite]:
    """A site on SQLite that runs the tests' own jobs."""
    with closing(HostedSite(tmp_path / "s")) as site:
        shutil.copyfile(migrated, site.folder / migrated.name)
        yield site


@pytest.fixture
def hosted_on_postgres(tmp_path: Path) -> Iterator[HostedSite]:
    """The same on a PostgreSQL database of its own."""
    import psycopg

    url = require_service("postgres")
    name = f"smallweb_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            own_url = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
            with closing(HostedSite(tmp_path / "s", own_url)) as site:
                assert site.run("migrate", "--verbosity=0").returncode == 0
                yield site
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
