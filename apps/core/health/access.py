"""Who may see more of the site's health than its worst word."""

from __future__ import annotations

from django.db import Error
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from ..access import STAFF, Actor, may
from ..conf import core_settings


def may_see_details(request: HttpRequest) -> bool:
    """Staff may, and who brings HEALTH_TOKEN; while the database is away, only the token says who asks."""
    return _has_token(request) or _is_staff(request)


def _has_token(request: HttpRequest) -> bool:
    expected = core_settings().health_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(expected) and scheme.lower() == "bearer" and constant_time_compare(given.strip(), expected)


def _is_staff(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    if user is None:
        return False
    try:
        return may(Actor(user), STAFF)
    except Error:
        return False
