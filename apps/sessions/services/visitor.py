"""Who looks at an app: known by Django's session and user, and by nothing that a browser chooses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

_SALT = "smallweb.sessions.owner"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """``owner`` is the key of this login: it changes at login and logout, as the session's does. ``visitor``
    is the same for all logins of a user. ``address`` is empty for users. ``data`` is what the apps share, as
    it was at the moment ``read_at`` of ``time.monotonic()``; ``loaded`` is the session of this request.
    """

    owner: str
    visitor: str
    name: str
    address: str
    user: dict[str, Any]
    session_key: str
    data: dict[str, Any]
    read_at: float
    loaded: SessionBase


def know_visitor(session: SessionBase, user: Any, *, address: str) -> Visitor:
    """Return who it is; a session is made for who has none. Asks the database."""
    read_at = time.monotonic()
    session.get("", None)  # a key that no session has is none
    if session.session_key is None:
        session.create()
    return _visitor(session, user, address, read_at)


def give_cookie(session: SessionBase, response: HttpResponseBase) -> None:
    """Tell the browser the key of a session that has just been made: its middleware would save it once more,
    in a thread and over a connection of its own.
    """
    max_age = None if session.get_expire_at_browser_close() else session.get_expiry_age()
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        str(session.session_key),
        max_age=max_age,
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
    session.modified = False


def recall_visitor(session: SessionBase, user: Any, *, address: str) -> Visitor | None:
    """Return who it is; None for who has no session. Asks the database."""
    read_at = time.monotonic()
    session.get("", None)
    return None if session.session_key is None else _visitor(session, user, address, read_at)


def owner_of(session_key: str, user: Any) -> str:
    """Return the key of a login."""
    return salted_hmac(_SALT, f"{session_key}:{user.pk or ''}", algorithm="sha256").hexdigest()


def visitor_of(user: Any) -> str:
    """Return what is the same for all logins of a user."""
    return f"user:{user.pk}"


def _visitor(session: SessionBase, user: Any, address: str, read_at: float) -> Visitor:
    key = str(session.session_key)
    owner = owner_of(key, user)
    is_known = bool(user.is_authenticated)
    return Visitor(
        owner=owner,
        visitor=visitor_of(user) if is_known else f"visitor:{owner[:16]}",
        name=user.get_username() if is_known else "",
        address="" if is_known else address,
        user=_about(user) if is_known else {},
        session_key=key,
        data={name: value for name, value in session.items() if not name.startswith("_")},
        read_at=read_at,
        loaded=session,
    )


def _about(user: Any) -> dict[str, Any]:
    """Return what an app may know of its user."""
    email_field = user.get_email_field_name() if hasattr(user, "get_email_field_name") else "email"
    return {
        "id": str(user.pk),
        "name": user.get_username(),
        "full_name": user.get_full_name() if hasattr(user, "get_full_name") else "",
        "email": getattr(user, email_field, "") or "",
        "is_staff": bool(getattr(user, "is_staff", False)),
        "is_superuser": bool(getattr(user, "is_superuser", False)),
    }
