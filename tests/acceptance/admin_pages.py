"""The admin in a browser, logged in; a file that uses it says with ``site`` what site that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.running_site import RunningSite

_COUNT_VIOLATIONS = """
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`Refused by the content policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def login(site: RunningSite, browser: Browser) -> Any:
    """The cookies of one login, for all contexts."""
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("#id_username", site.username)
    page.fill("#id_password", site.password)
    page.click("[type=submit]")
    expect(page.locator("#user-tools")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_admin(site: RunningSite, browser: Browser, login: Any) -> Iterator[Open]:
    """Return a function that opens a page of the admin; complaints of the browser fail the test."""
    with admin_contexts(browser, base_url=site.url, storage_state=login) as new_context:
        complaints: list[str] = []

        def open_page(path: str, **options: Any) -> Page:
            context = new_context(**options)
            context.add_init_script(_COUNT_VIOLATIONS)
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text) if _is_bad(message) else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(path)
            return page

        yield open_page
        assert complaints == []


@contextmanager
def admin_contexts(browser: Browser, **common: Any) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def new_context(**options: Any) -> BrowserContext:
        opened.append(browser.new_context(**common, **options))
        return opened[-1]

    yield new_context
    for context in opened:
        context.close()


def _is_bad(message: Any) -> bool:
    return message.type == "error" and "favicon" not in message.location.get("url", "")
