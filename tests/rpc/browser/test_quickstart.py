"""The quickstarts of wispyobserver, all three together, with other import lines and script paths only."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.rpc.quickstart.test_web_app import running
from tests.waiting import wait_for

pytestmark = pytest.mark.once

PAGES = Path(__file__).parent / "pages"


def test_the_three_quickstarts_run_together(new_page: Page, said: list[str], tmp_path: Path) -> None:
    html = (PAGES / "tools.html").read_text().replace("/static/smallweb_rpc/", "../wispyjs/smallweb_rpc/")
    code = (PAGES / "quickstart.js").read_text()
    with running(tmp_path) as url:
        (tmp_path / "static/index.html").write_text(html)
        new_page.goto(f"{url}/")
        new_page.evaluate(f"(() => {{ {code} }})()")
        expected = {"log: channelNames= [a, b, c, d]", "log: test_sum returned 9", "log: a= 2"}
        expected |= {"log: received value for a= 2"}
        wait_for(lambda: new_page.evaluate("true") and expected <= set(said), limit_s=60)
        texts = new_page.locator("template-form pre").all_inner_texts()
        assert texts == [f"Inner HTML = {name}" for name in ("TEST", "ABC", "DEF")]
    assert "summing 4 + 5" in (tmp_path / "log").read_text()
