"""The demo's app: every visitor has a list of their own, which outlives its process."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.running_site import RunningSite, running_site

pytestmark = pytest.mark.once

LIMIT_MS = 30_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("todo") / "data") as running:
        yield running


def _open(browser: Browser, site: RunningSite) -> Page:
    page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    page.set_default_timeout(LIMIT_MS)
    page.goto(f"{site.url}/")
    page.get_by_role("link", name="things to do").click()
    return page


def _add(page: Page, text: str) -> None:
    page.get_by_label("What is to do").fill(text)
    page.get_by_role("button", name="Add").click()
    expect(page.locator("li", has_text=text)).to_be_visible(timeout=LIMIT_MS)


def test_a_list_is_its_visitor_s_own_and_outlives_its_process(site: RunningSite, browser: Browser) -> None:
    mine, others = _open(browser, site), _open(browser, site)
    _add(mine, "Water the <b>plants</b>")
    _add(mine, "Buy bread")
    assert others.locator("li").count() == 0
    running = json.loads(site.manage("smallweb_sessions", "list", "--json"))
    assert [one["app"] for one in running] == ["todo", "todo"]
    for one in running:
        os.kill(one["pid"], signal.SIGKILL)
    expect(mine.locator("body.htagoff")).to_have_count(0, timeout=LIMIT_MS)
    expect(mine.locator("li")).to_have_count(2, timeout=LIMIT_MS)
    mine.locator("li", has_text="plants").get_by_role("button").click()
    expect(mine.locator("li")).to_have_count(1, timeout=LIMIT_MS)
    assert mine.evaluate("document.documentElement.scrollWidth") <= 390
    mine.context.close()
    others.context.close()
