"""Who sends a request: a page with its cookies, a program with its token, or a visitor."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from ..csrf import csrf_fault
from ..exceptions import TokenRefused
from .bearer import bearer_of, known_by
from .http_answers import Refused
from .origin import may_connect, may_listen
from .pool import in_pool
from .protocol import ErrorCode

logger = logging.getLogger(__name__)

_FOREIGN = "Requests of other sites are not served; CSRF_TRUSTED_ORIGINS names those that are."


async def enter(request: HttpRequest, *, method: str) -> dict[str, Any]:
    """Return what an ASGI scope says of the sender: client, user, session, token. Raises Refused."""
    scope: dict[str, Any] | None = getattr(request, "scope", None)
    if scope is None:
        raise Refused(501, ErrorCode.INTERNAL_ERROR, "This needs an ASGI server, such as daphne or uvicorn.")
    if request.method != method:
        text = f"{request.method} is not served here; send {method}."
        raise Refused(405, ErrorCode.INVALID_REQUEST, text, headers={"Allow": method})
    token = bearer_of(scope)
    is_welcome = may_listen(scope) if method == "GET" else may_connect(scope, is_program=token is not None)
    if not is_welcome:
        raise Refused(403, ErrorCode.REFUSED, _FOREIGN)
    known = await (_by_token(token) if token is not None else _by_cookies(request))
    return {"client": scope.get("client"), **known}


async def _by_token(token: str) -> dict[str, Any]:
    try:
        return await in_pool(lambda: known_by(token))
    except TokenRefused as error:
        header = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refused(401, ErrorCode.REFUSED, str(error), headers=header) from error


async def _by_cookies(request: HttpRequest) -> dict[str, Any]:
    """Ask in our own threads: that of the request would keep its database connection for a whole stream."""
    user, session, fault = await in_pool(lambda: _look_up(request))
    if fault is not None:
        logger.warning("user=%s path=%r refused: %s", user.pk, request.path, fault)
        raise Refused(403, ErrorCode.REFUSED, f"{fault} Send the cookie's token as the header X-CSRFToken.")
    return {"user": user, "session": session}


def _look_up(request: HttpRequest) -> tuple[Any, Any, str | None]:
    """Return user, session and what the guard against forged requests says, which visitors do not need."""
    session = getattr(request, "session", None)
    user: Any = AnonymousUser() if session is None else get_user(request)
    return user, session, csrf_fault(request) if user.is_authenticated else None
