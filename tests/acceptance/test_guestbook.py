"""The demo's guestbook: forms of a static page that lead to methods, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.running_site import RunningSite, running_site

pytestmark = pytest.mark.once

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'
LIMIT_MS = 30_000
HEAR_ALL = """async () => {
    const { connect } = await import("/static/smallweb_core/socket.js");
    const heard = [];
    const ended = new Promise((resolve) => {
        connect().subscribe("user/+/tasks/#", (told, { channel }) => {
            heard.push([channel, told]);
            if (!("state" in told)) resolve(heard);
        }).then(() => document.getElementById("start").click());
    });
    return ended;
}"""

COUNT_AND_SEE_THE_BAR = """() => new Promise((resolve) => {
    const seen = [];
    const [bar, told, start] = ["bar", "told", "start"].map((id) => document.getElementById(id));
    new MutationObserver(() => {
        seen.push(bar.value);
        if (told.textContent.endsWith("pages.")) resolve(seen);
    }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true });
    start.click();
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("guestbook") / "data") as running:
        _harden(running.folder / "guestbook.html")
        for number in range(8):  # that counting takes a while
            (running.folder / f"more{number}.html").write_text("<p>some words")
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


def test_pages_of_the_starter_hear_how_far_it_is(site: RunningSite, browser: Browser, login: Any) -> None:
    context = browser.new_context(storage_state=login)
    page = context.new_page()
    page.goto(f"{site.url}/guestbook.html")
    heard = page.evaluate(HEAR_ALL)
    assert {channel.rpartition("/")[0] for channel, _ in heard} == {"user/1/tasks"}
    *on_the_way, last = [told for _, told in heard]
    assert {told["status"] for told in on_the_way} == {"inProgress"}
    assert on_the_way[0]["state"]["number"] == 1
    assert (last["status"], set(last["data"])) == ("SUCCESS", {"pages", "words"})
    context.close()


def test_a_worker_counts_and_the_bar_moves(site: RunningSite, page: Page, said: list[str]) -> None:
    seen = page.evaluate(COUNT_AND_SEE_THE_BAR)
    assert [value for value in seen if 0 < value <= 1]
    pages = len(list(site.folder.glob("*.html")))
    expect(page.locator("#told")).to_have_text(re.compile(rf"^\d+ words on {pages} pages\.$"))
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert said == []


def test_counting_is_cancelled(site: RunningSite, page: Page) -> None:
    folder = site.folder / "many"
    folder.mkdir()
    for number in range(50):
        (folder / f"{number}.html").write_text("<p>some words")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator("#told")).to_contain_text("words so far", timeout=LIMIT_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#told")).to_have_text("Cancelled.", timeout=LIMIT_MS)
    shutil.rmtree(folder)
