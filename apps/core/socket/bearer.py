"""Programs say who they are by ``Authorization: Bearer <token>``; their cookies then count for nothing."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ..services.tokens import use_token
from .origin import header_values

SCOPE = "rpc"


def bearer_of(scope: dict[str, Any]) -> str | None:
    """Return the token of a request or handshake; None when it has no such header."""
    for value in header_values(scope, "authorization"):
        kind, _, text = value.partition(" ")
        if kind.lower() == "bearer":
            return text.strip()
    return None


def known_by(text: str) -> dict[str, Any]:
    """Return what an ASGI scope says of the token's user. Asks the database. Raises TokenRefused."""
    token = use_token(text, scope=SCOPE, now=timezone.now())
    return {"user": token.user, "session": None, "smallweb.token": token}
