"""The demo's guestbook: forms of a static page that lead to methods, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from smallweb_project.demo.apps import PAGES
from tests.acceptance.running_site import RunningSite, running_site

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'
LIMIT_MS = 30_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("guestbook") / "data") as running:
        _harden(running.folder / "guestbook.html")
        yield running


def _harden(page: Path) -> None:
    page.write_text(page.read_text().replace("<title>", f"{POLICY}<title>", 1))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 390, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def page(site: RunningSite, context: BrowserContext, said: list[str]) -> Page:
    opened = context.new_page()
    opened.on("console", lambda told: said.append(told.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(f"{site.url}/guestbook.html")
    return opened


def sign(page: Page, name: str, words: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("A few words").fill(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_a_visitor_signs_by_keyboard_and_is_shown(page: Page, said: list[str]) -> None:
    sign(page, "Ann", "<b>Lovely</b> & live")
    expect(page.locator("#entries li").first).to_contain_text("<b>Lovely</b> & live")
    expect(page.locator("#entries li").first).to_contain_text("Ann, ")
    expect(page.get_by_label("Your name")).to_have_value("")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert said == []


def test_what_is_refused_is_said(page: Page) -> None:
    sign(page, "  ", "Hello")
    expect(page.get_by_role("alert")).to_have_text("Write your name and a few words.")
    expect(page.get_by_label("A few words")).to_have_value("Hello")


def test_who_is_logged_in_signs_with_the_token_of_the_cookie(
    site: RunningSite, browser: Browser, login: Any
) -> None:
    context = browser.new_context(storage_state=login)
    page = context.new_page()
    page.goto(f"{site.url}/guestbook.html")
    sign(page, "Admin", "Welcome")
    expect(page.locator("#entries li").first).to_contain_text("Welcome")
    forged: Any = {"name": "Eve", "words": "I have no token"}
    assert context.request.post(f"{site.url}/guestbook/Guestbook/sign", form=forged).status == 403
    context.close()


def test_a_worker_counts_and_the_bar_moves(page: Page, said: list[str]) -> None:
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator("#told")).to_contain_text("words so far", timeout=LIMIT_MS)
    assert 0 < page.locator("#bar").evaluate("bar => bar.value") <= 1
    expect(page.locator("#told")).to_have_text(re.compile(r"^\d+ words on \d+ pages\.$"), timeout=LIMIT_MS)
    pages = len(list(PAGES.glob("*.html")))
    expect(page.locator("#told")).to_contain_text(f"on {pages} pages")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert said == []


def test_counting_is_cancelled(page: Page) -> None:
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator("#told")).to_contain_text("words so far", timeout=LIMIT_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#told")).to_have_text("Cancelled.", timeout=LIMIT_MS)
