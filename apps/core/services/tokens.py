"""Make tokens for programs, and find whose token it is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..exceptions import BadArguments, TokenRefused
from ..models import ApiToken
from ..models.api_token import SCOPES

_MARK = "sw_"
_SHOWN = 8
_MAX_LENGTH = 200


def create_token(
    user: Any, *, name: str, expires_at: datetime | None = None, scopes: Sequence[str] = ("rpc",)
) -> tuple[ApiToken, str]:
    """Return the stored token and its text, which can be read here and never again. Raises BadArguments."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise BadArguments(f"The scopes {unknown} are unknown; there is {', '.join(SCOPES)}.")
    text = new_text()
    token = ApiToken(name=name, user=user, expires_at=expires_at, scopes=list(scopes))
    take_text(token, text)
    token.save()
    return token, text


def new_text() -> str:
    """Return the text of a new token: 256 random bits."""
    return _MARK + secrets.token_urlsafe(32)


def take_text(token: ApiToken, text: str) -> None:
    """Fill in what is stored of a token's text."""
    token.digest = digest_of(text)
    token.prefix = text[: len(_MARK) + _SHOWN]


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def use_token(text: str, *, scope: str, now: datetime) -> ApiToken:
    """Return the token of this text, with its user. Raises TokenRefused, which does not say why.

    It is found by its digest, so the time that takes tells nothing about other tokens.
    """
    token = None
    if len(text) <= _MAX_LENGTH and text.isascii():
        token = ApiToken.objects.usable(now).filter(digest=digest_of(text)).first()
    if token is None or scope not in token.scopes:
        raise TokenRefused("This token is unknown, expired or revoked.")
    token.note_use(now)
    return token


def still_usable(pk: Any, *, scope: str, now: datetime) -> ApiToken | None:
    """Return the token as it is now, with its user; None when it opens this door no more."""
    token = ApiToken.objects.usable(now).filter(pk=pk).first()
    if token is None or scope not in token.scopes:
        return None
    token.note_use(now)
    return token
