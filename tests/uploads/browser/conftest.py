"""A server, a gate before it and a browser, each started once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.acceptance.conftest import browser
from tests.acceptance.processes import free_port
from tests.uploads.gate import Gate, gated
from tests.uploads.resumable.site import Site

__all__ = ["browser"]

NODE = Path(__file__).parent / "node"

_TELL_VIOLATIONS = """
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`Refused by the content policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
"""

Open = Callable[..., Page]


class BrowserSite(Site):
    """The server of the tests of resumable uploads, with pages and scripts."""

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "DJANGO_SETTINGS_MODULE": "tests.uploads.browser.site_settings",
            "TEST_PACKAGES": str(NODE / "node_modules"),
        }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    shutil.copyfile(database, folder / "db.sqlite3")
    site = BrowserSite(folder, free_port())
    site.start()
    try:
        yield site
    finally:
        site.kill()


@pytest.fixture
def gate(site: Site) -> Iterator[Gate]:
    with gated(site.port) as running:
        yield running


@pytest.fixture
def new_context(gate: Gate, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that makes a visitor, who comes through the gate."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(base_url=f"http://127.0.0.1:{gate.port}", **options))
        made[-1].set_default_timeout(20_000)
        return made[-1]

    yield make
    gate.open()
    for context in made:
        context.close()


@pytest.fixture
def said() -> list[str]:
    """What pages complain of: errors of scripts, and what the content policy refuses."""
    return []


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext], said: list[str]) -> Open:
    """Return a function that opens a page as a visitor, or as ``user``."""

    def open_it(path: str, *, cookies: list[Any] | None = None, **options: Any) -> Page:
        context = new_context(**options)
        context.add_cookies(cookies or [])
        page = context.new_page()
        if options.get("java_script_enabled", True):
            page.add_init_script(_TELL_VIOLATIONS)
        page.on("console", lambda told: said.append(told.text) if "policy" in told.text else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    return open_it


@pytest.fixture
def page(open_page: Open, said: list[str]) -> Iterator[Page]:
    """The page of a handler that takes everything; it complains of nothing."""
    yield open_page("/uploads/drop")
    assert said == []
