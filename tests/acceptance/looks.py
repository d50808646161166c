"""Looks at all pages of an admin: in which scheme and width, and what would stand in somebody's way.

A look takes half a minute, and the apps share their styles: by night each is looked at in both ways, by day
in one, each scheme in some.
"""

from __future__ import annotations

import os
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Look = tuple[str, int]

LIGHT: Look = ("light", 1280)
DARK: Look = ("dark", 390)


def looks(by_day: Look) -> list[Look]:
    return [LIGHT, DARK] if os.environ.get("SMALLWEB_NIGHTLY") == "1" else [by_day]


def options_of(scheme: str, width: int) -> dict[str, Any]:
    """Return a browser context's options for the look; axe itself writes styles, which a policy forbids."""
    return {"color_scheme": scheme, "viewport": {"width": width, "height": 800}, "bypass_csp": True}


def faults(page: Page, *, width: int) -> list[str]:
    """Return the serious violations that axe finds, and whether the page is wider than the window."""
    found = []
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            targets = [node["target"] for node in violation["nodes"]][:5]
            found.append(f"{page.url}: {violation['id']}: {violation['help']} {targets}")
    shown = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{page.url}: {shown} wide"] if shown > width else found
