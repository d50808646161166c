"""A server and a browser for the tests of a file, a page for each of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.core.buses import bus_url
from tests.rpc.browser.served import served
from tests.services import require_service
from tests.source import ROOT


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database that has just been migrated."""
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
    }
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return path


@pytest.fixture(scope="session")
def new_core(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Callable[[], dict[str, Any]]:
    """Makes the settings of a site of its own."""

    def make() -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("site")
        shutil.copyfile(migrated, folder / "db.sqlite3")
        return {"RUN_DIR": folder / "run", "BUS_URL": bus_url("sqlite", folder)}

    return make


@pytest.fixture(scope="module")
def core(new_core: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return new_core()


@pytest.fixture(scope="module")
def address(core: dict[str, Any]) -> Iterator[str]:
    with served(core) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = require_service("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def said() -> list[str]:
    """What the pages wrote to the console, warnings and errors with their kind in front."""
    return []


@pytest.fixture
def new_page(browser: Browser, said: list[str]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.on("console", lambda told: said.append(f"{told.type}: {told.text}"))
    page.on("pageerror", lambda error: said.append(f"uncaught: {error}"))
    yield page
    page.close()


@pytest.fixture
def page(new_page: Page, address: str) -> Page:
    """A page with rpc.js, described."""
    new_page.goto(f"{address}/rpc.html")
    new_page.evaluate("rpc.ready.then(() => {})")
    return new_page
