"""A page in a browser, and all that a reader would complain of."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page

_WATCH = """
window.heard = []; window.violations = [];
addEventListener("smallweb:change", (event) => { window.heard.push(event.detail); });
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


class WatchedPage:
    """An open page that has gone live; ``errors`` are those of its console, ``loads`` counts navigations."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.tab: Page = context.new_page()
        self.errors: list[str] = []
        self.loads = 0
        self.tab.on("console", lambda message: self._hear(message.type, message.text))
        self.tab.on("pageerror", lambda error: self._hear("error", str(error)))
        self.tab.on("framenavigated", self._count)
        self.tab.add_init_script(_WATCH)
        self.tab.goto(url)
        self.wait_live()

    def wait_live(self) -> None:
        self.tab.wait_for_selector("html[data-live=on]", timeout=20_000)

    def wait_offline(self) -> None:
        self.tab.wait_for_selector("html[data-live=off]", timeout=20_000)

    def text(self, tag_id: str) -> str:
        return self.tab.text_content(f"#{tag_id}") or ""

    def wait_text(self, tag_id: str, text: str) -> None:
        """Wait until the tag shows exactly this text."""
        wanted = "([id, text]) => document.getElementById(id).textContent === text"
        self.tab.wait_for_function(wanted, arg=[tag_id, text], timeout=20_000)

    def wait_other_text(self, tag_id: str, text: str) -> str:
        """Wait until the tag shows another text and return it."""
        wanted = "([id, text]) => document.getElementById(id).textContent !== text"
        self.tab.wait_for_function(wanted, arg=[tag_id, text], timeout=20_000)
        return self.text(tag_id)

    def wait_change(self, tag_id: str) -> dict[str, Any]:
        """Wait until the tag was changed live and return what was heard of it last."""
        wanted = "id => window.heard.findLast((detail) => detail.tag_id === id)"
        heard: dict[str, Any] = self.tab.wait_for_function(wanted, arg=tag_id, timeout=20_000).json_value()
        return heard

    def violations(self) -> list[str]:
        found: list[str] = self.tab.evaluate("window.violations")
        return found

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.errors.append(text)

    def _count(self, frame: object) -> None:
        self.loads += frame == self.tab.main_frame
