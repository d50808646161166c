"""Who asks, and whether they may: token or cookies, origin, rights, rate; for views of any app."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from ..access import LOGIN, Actor, may
from ..csrf import csrf_fault, is_from_elsewhere
from ..exceptions import TokenRefused
from ..services.tokens import use_token
from ..socket.pool import in_pool
from .rate import may_ask
from .refusal import Refusal

CsrfFault = Callable[[HttpRequest], Awaitable[str | None]]


async def authenticate(request: HttpRequest, *, scope: str) -> bool:
    """Take the token's user for the request's, if it has a token; return whether it has. Raises Refusal."""
    token = bearer_of(request)
    if token is not None:
        await _be_token(request, token, scope=scope)
    return token is not None


def bearer_of(request: HttpRequest) -> str | None:
    """Return the token of the request; None when it has no such header."""
    kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


async def _be_token(request: HttpRequest, text: str, *, scope: str) -> None:
    """Be the token's user; cookies then count for nothing."""
    try:
        token = await in_pool(lambda: use_token(text, scope=scope, now=timezone.now()))
    except TokenRefused as error:
        header = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refusal(401, "token_refused", str(error), headers=header) from error
    be_user(request, token.user)
    request.session = None  # type: ignore[assignment]


def be_user(request: HttpRequest, user: Any) -> None:
    """Let the request be this user's."""

    async def auser() -> Any:
        return user

    request.user = user
    request.auser = auser


async def header_fault(request: HttpRequest) -> str | None:
    """Return what is wrong with the CSRF token in the headers."""
    return csrf_fault(request)


async def require_own_page(
    request: HttpRequest, *, cors: Sequence[str] = (), fault: CsrfFault = header_fault
) -> None:
    """Raise Refusal 403 for what a page of another site sends with its visitor's cookies.

    ``fault`` looks for the CSRF token where cookies say who it is.
    """
    require_origin(request, cors=cors)
    if not await is_known_by_cookie(request):
        return
    found = await fault(request)
    if found is not None:
        raise csrf_refusal(found)


def require_origin(request: HttpRequest, *, cors: Sequence[str] = ()) -> None:
    """Raise Refusal 403 for what a page of another site sends."""
    if is_from_elsewhere(request) and not is_named(request, cors):
        text = "Requests of other sites are not served; CSRF_TRUSTED_ORIGINS names those that are."
        raise Refusal(403, "foreign_origin", text)


async def is_known_by_cookie(request: HttpRequest) -> bool:
    """Whether a session says who the user is."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return bool((await user_of(request)).is_authenticated)


def csrf_refusal(fault: str) -> Refusal:
    text = f"{fault} Send the cookie's token as the header X-CSRFToken, or in the form."
    return Refusal(403, "csrf_failed", text)


async def user_of(request: HttpRequest) -> Any:
    """Return the user, loaded; AnonymousUser where there is no session."""
    if hasattr(request, "auser"):
        user: Any = await request.auser()
        request.user = user
        return user
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()
    return request.user


async def require_rule(request: HttpRequest, rule: str) -> None:
    """Raise Refusal 401 or 403 unless the rule lets the user in."""
    user = await user_of(request)
    actor = Actor(user)
    if rule == LOGIN or not user.is_authenticated:
        is_allowed = may(actor, rule)
    else:
        is_allowed = await in_pool(lambda: may(actor, rule))
    if is_allowed:
        return
    if not user.is_authenticated:
        header = {"WWW-Authenticate": "Bearer"}
        raise Refusal(401, "login_wanted", "Log in, or send a token.", headers=header)
    raise Refusal(403, "access_denied", f"{actor} may not call this.")


def require_rate(request: HttpRequest, name: str, *, per_minute: float | None) -> None:
    """Raise Refusal 429 for a caller who asks for ``name`` too often."""
    pause_s = may_ask(request, name, per_minute=per_minute, now=time.monotonic())
    if pause_s:
        header = {"Retry-After": str(pause_s)}
        raise Refusal(429, "too_many_requests", f"Too many requests; wait {pause_s} s.", headers=header)


def is_named(request: HttpRequest, cors: Sequence[str]) -> bool:
    """Whether pages of the request's origin may read the answers."""
    origin = request.META.get("HTTP_ORIGIN")
    return origin is not None and (origin in cors or "*" in cors)


def add_cors(request: HttpRequest, response: HttpResponseBase, cors: Sequence[str]) -> None:
    """Let pages of named origins read the answer. Cookies are never theirs to send."""
    if not cors:
        return
    patch_vary_headers(response, ("Origin",))
    if is_named(request, cors):
        response["Access-Control-Allow-Origin"] = request.META["HTTP_ORIGIN"]
