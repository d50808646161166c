"""A browser before the site that hosts apps, and visitors of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.services import require_service
from tests.sessions.site import Site

Come = Callable[..., BrowserContext]
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP plain.example 127.0.0.1"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = require_service("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def said() -> list[str]:
    """The errors that pages did not catch."""
    return []


@pytest.fixture
def new_context(browser: Browser, said: list[str]) -> Iterator[Come]:
    """Have a visitor come: a user, or somebody new. ``port``: of what stands before the site."""
    made: list[BrowserContext] = []

    def make(to: Site, name: str = "", *, port: int = 0, **options: Any) -> BrowserContext:
        base = f"http://{options.pop('host', '127.0.0.1')}:{port or to.port}"
        made.append(browser.new_context(base_url=base, **options))
        made[-1].set_default_timeout(15_000)
        made[-1].on("weberror", lambda error: said.append(str(error.error)))
        for key, value in (to.cookies(name) if name else {}).items():
            made[-1].add_cookies([{"name": key, "value": value, "url": base}])
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def context(new_context: Come, site: Site) -> BrowserContext:
    return new_context(site)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
