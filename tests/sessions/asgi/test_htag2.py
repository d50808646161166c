"""htag 2 rides on its own ASGI application, beside htag 1 in the same site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.conftest import browser

from .packages import installed
from .site import Site, migrate, served

__all__ = ["browser"]

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def htag2_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    changes = {"HTAG2_FOLDER": str(installed("htag2.txt"))}
    database = migrate(tmp_path_factory.mktemp("migrated"), changes)
    with served(tmp_path_factory.mktemp("htag2"), database, **changes) as site:
        yield site


@contextmanager
def visitor(site: Site, browser: Browser, user: str = "", **cookies: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site.url)
    context.set_default_timeout(15_000)
    if user:
        cookies["sessionid"] = site.logins[user]
    context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in cookies.items()])
    try:
        yield context
    finally:
        context.close()


def opened(context: BrowserContext, url: str = "/apps/second/") -> Page:
    page = context.new_page()
    page.goto(url)
    return page


@pytest.mark.parametrize("mode", ["ws", "sse", "http"])
def test_an_app_works_by_each_way_that_it_knows(htag2_site: Site, browser: Browser, mode: str) -> None:
    with visitor(htag2_site, browser, htag_mode=mode) as context:
        page = opened(context)
        for count in ("1", "2", "3"):
            page.click("#add")
            expect(page.locator("#count")).to_have_text(count)
        page.click("#stream")
        expect(page.locator("#steps")).to_have_text("***")


def test_a_push_reaches_both_tabs(htag2_site: Site, browser: Browser) -> None:
    with visitor(htag2_site, browser) as context:
        first, second = opened(context), opened(context)
        assert first.inner_text("#pid") == second.inner_text("#pid")
        first.click("#push")
        for page in (first, second):
            expect(page.locator("#count")).to_have_text("pushed")


def test_a_page_that_is_loaded_again_shows_the_same_instance(htag2_site: Site, browser: Browser) -> None:
    with visitor(htag2_site, browser) as context:
        page = opened(context)
        page.click("#add")
        expect(page.locator("#count")).to_have_text("1")
        pid = page.inner_text("#pid")
        page.reload()
        assert (page.inner_text("#count"), page.inner_text("#pid")) == ("1", pid)


def test_a_query_string_is_the_app_s_own_matter(htag2_site: Site, browser: Browser) -> None:
    with visitor(htag2_site, browser) as context:
        page = opened(context, "/apps/second/?a=1")
        page.click("#add")
        expect(page.locator("#count")).to_have_text("1")
        assert opened(context).inner_text("#pid") == page.inner_text("#pid")


def test_visitors_have_their_own_processes_sessions_and_names(htag2_site: Site, browser: Browser) -> None:
    with visitor(htag2_site, browser, "ann") as ann, visitor(htag2_site, browser) as nobody:
        anns, nobodys = opened(ann), opened(nobody)
        assert anns.inner_text("#pid") != nobodys.inner_text("#pid")
        assert anns.inner_text("#who") == "ann 1"
        assert nobodys.inner_text("#who").strip() == "1"


def test_htag_1_and_2_are_hosted_side_by_side(htag2_site: Site, tmp_path: Path) -> None:
    with htag2_site.visitor() as one:
        assert "SmallwebLink" in one.get("/apps/first/").text
        assert "window.HTAG_CSRF" in one.get("/apps/second/").text
