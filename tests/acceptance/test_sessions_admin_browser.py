"""Sessions in the admin and for their visitors: a real site, a real browser, the strictest content policy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.admin_pages import Open, admin_contexts
from tests.acceptance.looks import DARK, LIGHT, faults, looks, options_of
from tests.acceptance.running_site import RunningSite, running_site

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

ADMIN = "/admin/smallweb_sessions"
SHOTS = os.environ.get("SMALLWEB_SCREENSHOTS", "")
SIZES = [LIGHT, DARK, ("dark", 1280), ("light", 390)] if SHOTS else looks(LIGHT)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLWEB_APPS", "smallweb_project.demo,tests.sessions.shown")
        settings = {"DJANGO_SETTINGS_MODULE": "tests.sessions.shown_settings"}
        with running_site(tmp_path_factory.mktemp("sessions"), env=settings) as running:
            yield running


@pytest.fixture
def new_visitor(site: RunningSite, browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that makes somebody without a login."""
    with admin_contexts(browser, base_url=site.url) as new_context:
        yield new_context


def _shoot(page: Page, name: str) -> None:
    if SHOTS:
        width = page.viewport_size["width"] if page.viewport_size else 0
        scheme = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
        page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png", full_page=True)


def _press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def _visit(context: BrowserContext, path: str = "/apps/counter/") -> Page:
    page = context.new_page()
    page.goto(path)
    return page


def test_a_session_is_seen_live_told_something_and_ended(
    open_admin: Open, new_visitor: Callable[..., BrowserContext]
) -> None:
    admin = open_admin(f"{ADMIN}/session/")
    expect(admin.locator(".smallweb-live")).to_have_text("live")
    visitor = _visit(new_visitor(), "/apps/faulty/")
    own = str(visitor.evaluate("smallweb_link.config.socket")).rpartition("/")[2][:12]
    row = admin.locator("#result_list tbody tr", has_text=own)
    expect(row).to_contain_text("127.0.0.1")
    row.get_by_role("link", name="faulty").first.click()
    expect(admin.locator(".smallweb-log")).to_contain_text("Nothing yet.")
    visitor.locator(".talk").click()
    expect(admin.locator(".smallweb-log")).to_contain_text("said aloud")
    visitor.locator(".fail").click()
    expect(admin.locator("[data-live=error]")).to_contain_text("hidden words")
    admin.get_by_label("Text").fill("We <b>close</b> at noon")
    _press(admin, "Show it")
    expect(admin.locator(".messagelist")).to_contain_text("1 session shows it")
    expect(visitor.get_by_role("status")).to_contain_text("We <b>close</b> at noon")
    _press(admin, "End this session")
    expect(admin.locator(".messagelist")).to_contain_text("1 session is ended")
    expect(admin.locator("[data-live=ended]")).to_contain_text("ended by admin")


def test_everything_can_be_done_without_javascript(
    open_admin: Open, new_visitor: Callable[..., BrowserContext]
) -> None:
    for visitor in (new_visitor(java_script_enabled=False), new_visitor(java_script_enabled=False)):
        _visit(visitor)  # with scripts its page would load itself again, and get another session
    admin = open_admin(f"{ADMIN}/session/?app=counter", java_script_enabled=False)
    assert admin.locator("#result_list tbody tr").count() >= 2
    _press(admin, "End all of these")
    expect(admin.locator(".messagelist")).to_contain_text("sessions are ended")
    admin.goto(f"{ADMIN}/approw/")
    admin.get_by_role("link", name="counter", exact=True).click()
    expect(admin.get_by_role("region", name="Limits")).to_contain_text("Sessions of one visitor")
    _press(admin, "End all sessions")
    expect(admin.locator(".messagelist")).to_contain_text("0 sessions of counter are ended")
    admin.get_by_label("Access").fill("everybody")
    _press(admin, "Save")
    expect(admin.locator(".errorlist").first).to_contain_text("everybody")


def test_visitors_see_and_end_their_own(new_visitor: Callable[..., BrowserContext]) -> None:
    ann, bob = new_visitor(java_script_enabled=False), new_visitor(java_script_enabled=False)
    _visit(bob)
    _visit(ann, "/apps/counter/?a&b=1")
    _visit(ann, "/apps/faulty/")
    page = _visit(ann, "/apps/mine/")
    expect(page.locator("tbody tr")).to_have_count(2)
    link = page.get_by_role("link", name="counter")
    assert link.get_attribute("href") == "/apps/counter/?a&b=1"
    page.get_by_role("button", name="End counter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert _visit(bob, "/apps/mine/").locator("tbody tr").count() == 1
    page.get_by_role("button", name="End faulty").click()
    expect(page.locator("main")).to_contain_text("None of your apps runs.")


def _pages(open_admin: Open, visitor: BrowserContext, **options: Any) -> Iterator[Page]:
    """Yield the pages about sessions, one after the other."""
    page = open_admin(f"{ADMIN}/session/", **options)
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    yield page
    page.locator("#result_list tbody th a").first.click()
    yield page
    page.goto(f"{ADMIN}/session/?app=faulty")
    page.locator("#result_list tbody th a").first.click()
    yield page
    page.goto(f"{ADMIN}/approw/")
    yield page
    page.locator("#result_list tbody th a").first.click()
    yield page
    mine = visitor.new_page()
    mine.goto("/apps/mine/")
    yield mine


@pytest.mark.parametrize(("scheme", "width"), SIZES)
def test_nothing_stands_in_the_way_of_people_with_aids_or_telephones(
    scheme: str, width: int, open_admin: Open, new_visitor: Callable[..., BrowserContext]
) -> None:
    options = options_of(scheme, width)
    visitor = new_visitor(**options)
    for path in ("/apps/counter/?size=large&colour=deep+blue", "/apps/faulty/"):
        _visit(visitor, path)
    for button in ("talk", "fail"):
        visitor.pages[1].locator(f".{button}").click()
    found: list[str] = []
    for number, page in enumerate(_pages(open_admin, visitor, **options)):
        found.extend(faults(page, width=width))
        _shoot(page, f"{number:02}")
    assert not found, "\n".join(found)
