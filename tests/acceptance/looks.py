"""In which schemes and widths all pages of an admin are looked at: both by night, by day one of them.

A look at all of them takes half a minute, and the apps share their styles: each scheme is looked at in some.
"""

from __future__ import annotations

import os

Look = tuple[str, int]

LIGHT: Look = ("light", 1280)
DARK: Look = ("dark", 390)


def looks(by_day: Look) -> list[Look]:
    return [LIGHT, DARK] if os.environ.get("SMALLWEB_NIGHTLY") == "1" else [by_day]
