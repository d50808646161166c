"""Who asks, and whether they may: origin, token or cookies, rights, rate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from ..core.access import LOGIN, PUBLIC, Actor, may
from ..core.csrf import csrf_fault, is_from_elsewhere
from ..core.exceptions import TokenRefused
from ..core.services.tokens import use_token
from ..core.socket.pool import in_pool
from .exceptions import Refusal
from .given import has_form, read_given
from .limits import may_ask
from .registry import Endpoint

SCOPE = "dispatch"


def allowed_methods(endpoint: Endpoint) -> str:
    """Return the text of the header Allow."""
    head = ("HEAD",) if "GET" in endpoint.methods else ()
    return ", ".join((*endpoint.methods, *head, "OPTIONS"))


def require_method(request: HttpRequest, endpoint: Endpoint) -> None:
    """Raise Refusal 405 unless the method of HTTP reaches the endpoint."""
    wanted = "GET" if request.method == "HEAD" else request.method
    if wanted in endpoint.methods:
        return
    text = f"{request.method} does not reach this; send {' or '.join(endpoint.methods)}."
    if wanted == "GET" and settings.DEBUG:
        text += " If the method changes nothing, write @safe above it."
    raise Refusal(405, "method_not_allowed", text, headers={"Allow": allowed_methods(endpoint)})


async def admit(request: HttpRequest, endpoint: Endpoint, rule: str) -> None:
    """Return when the caller may go on; ``request.user`` is then the caller. Raises Refusal."""
    if not await authenticate(request) and request.method not in ("GET", "HEAD"):
        await require_own_page(request, cors=endpoint.cors)
    if rule != PUBLIC:
        await _require(request, rule)
    elif endpoint.wants_user and settings.SESSION_COOKIE_NAME in request.COOKIES:
        await user_of(request)  # on the loop nobody could look the user up
    require_rate(request, endpoint)


async def authenticate(request: HttpRequest) -> bool:
    """Take the token's user for the request's, if it has a token; return whether it has. Raises Refusal."""
    token = bearer_of(request)
    if token is not None:
        await _be_token(request, token)
    return token is not None


def bearer_of(request: HttpRequest) -> str | None:
    """Return the token of the request; None when it has no such header."""
    kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


async def _be_token(request: HttpRequest, text: str) -> None:
    """Be the token's user; cookies then count for nothing."""
    try:
        token = await in_pool(lambda: use_token(text, scope=SCOPE, now=timezone.now()))
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


async def require_own_page(request: HttpRequest, *, cors: Sequence[str] = ()) -> None:
    """Raise Refusal 403 for what a page of another site sends with its visitor's cookies."""
    if is_from_elsewhere(request) and not _is_named(request, cors):
        text = "Requests of other sites are not served; CSRF_TRUSTED_ORIGINS names those that are."
        raise Refusal(403, "foreign_origin", text)
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not (await user_of(request)).is_authenticated:
        return
    fault = await _csrf_fault(request)
    if fault is not None:
        text = f"{fault} Send the cookie's token as the header X-CSRFToken, or in the form."
        raise Refusal(403, "csrf_failed", text)


async def _csrf_fault(request: HttpRequest) -> str | None:
    if not has_form(request):
        return csrf_fault(request)

    def look() -> str | None:
        read_given(request)  # it takes its time with files, and refuses what cannot be read
        return csrf_fault(request)

    return await in_pool(look)


async def user_of(request: HttpRequest) -> Any:
    """Return the user, loaded; AnonymousUser where there is no session."""
    if hasattr(request, "auser"):
        user: Any = await request.auser()
        request.user = user
        return user
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()
    return request.user


async def _require(request: HttpRequest, rule: str) -> None:
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


def require_rate(request: HttpRequest, endpoint: Endpoint) -> None:
    """Raise Refusal 429 for a caller who asks too often."""
    pause_s = may_ask(request, endpoint, now=time.monotonic())
    if pause_s:
        header = {"Retry-After": str(pause_s)}
        raise Refusal(429, "too_many_requests", f"Too many requests; wait {pause_s} s.", headers=header)


def _is_named(request: HttpRequest, cors: Sequence[str]) -> bool:
    """Whether pages of the request's origin may read the answers."""
    origin = request.META.get("HTTP_ORIGIN")
    return origin is not None and (origin in cors or "*" in cors)


def preflight(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Answer OPTIONS: what may be sent, and whether another site's page may."""
    response = HttpResponse(status=204, headers={"Allow": allowed_methods(endpoint)})
    if _is_named(request, endpoint.cors):
        response["Access-Control-Allow-Methods"] = ", ".join(endpoint.methods)
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Max-Age"] = "600"
    return response


def add_cors(request: HttpRequest, response: HttpResponseBase, endpoint: Endpoint) -> None:
    """Let pages of named origins read the answer. Cookies are never theirs to send."""
    if not endpoint.cors:
        return
    patch_vary_headers(response, ("Origin",))
    if _is_named(request, endpoint.cors):
        response["Access-Control-Allow-Origin"] = request.META["HTTP_ORIGIN"]
