"""Which URLs a value may bring into a page."""

from __future__ import annotations

import re

SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_IGNORED = re.compile("[\0-\x20\x7f-\xa0\ufeff]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")


def unsafe_scheme(url: str) -> str:
    """Return the scheme of an absolute URL outside of ``SAFE_SCHEMES``, or "" for a safe or relative one.

    White space and control characters, which browsers skip in front of and inside of a scheme, are
    skipped here too.
    """
    match = _SCHEME.match(_IGNORED.sub("", url))
    if match is None or match[1].lower() in SAFE_SCHEMES:
        return ""
    return match[1].lower()
