"""The demo's postcards: pictures of a static page that a function gets, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.running_site import RunningSite, running_site

pytestmark = pytest.mark.once

LIMIT_MS = 30_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("postcards") / "data") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        yield context.new_page()


def test_a_picture_hangs_on_the_wall_and_what_is_none_does_not(
    site: RunningSite, page: Page, tmp_path: Path
) -> None:
    picture, text = tmp_path / "sunset.png", tmp_path / "notes.txt"
    Image.effect_noise((600, 400), 80).save(picture)
    text.write_text("no picture")
    page.goto(f"{site.url}/postcards.html")
    expect(page.locator("#nothing")).to_be_visible(timeout=LIMIT_MS)
    page.set_input_files("#picture", [picture, text])
    send = page.get_by_role("button", name="Send", exact=True)
    if send.is_visible():
        send.click()
    shown = page.locator("#wall img")
    expect(shown).to_have_count(1, timeout=LIMIT_MS)
    page.wait_for_function("document.querySelector('#wall img').naturalWidth === 600", timeout=LIMIT_MS)
    assert shown.get_attribute("alt") == "sunset.png"
    expect(page.locator("upload-box")).to_contain_text("notes.txt")
