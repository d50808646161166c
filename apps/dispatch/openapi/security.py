"""How callers say who they are."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from ...core.access import PUBLIC

_TOKEN, _SESSION, _CSRF = "token", "session", "csrf"


def security_schemes() -> dict[str, Any]:
    """Return what stands under ``components``."""
    return {
        _TOKEN: {"type": "http", "scheme": "bearer"},
        _SESSION: {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        _CSRF: {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
    }


def security_of(rule: str, *, method: str) -> list[dict[str, list[str]]]:
    """Return the ways of which one is wanted; an empty one where everybody may."""
    by_cookie: dict[str, list[str]] = {_SESSION: []} if method == "GET" else {_SESSION: [], _CSRF: []}
    ways: list[dict[str, list[str]]] = [{_TOKEN: []}, by_cookie]
    return [{}, *ways] if rule == PUBLIC else ways
