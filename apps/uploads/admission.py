"""Who may send: the gates before an upload, in the order in which they cost more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ..core.access import PUBLIC
from ..core.csrf import csrf_fault
from ..core.http.body import body_of
from ..core.http.caller import (
    authenticate,
    csrf_refusal,
    is_known_by_cookie,
    require_origin,
    require_own_page,
    require_rate,
    require_rule,
    user_of,
)
from ..core.http.refusal import Refusal

SCOPE = "uploads"

RequireToken = Callable[[str], None]


async def admit(
    request: HttpRequest,
    rule: str,
    *,
    name: str,
    cors: tuple[str, ...] = (),
    per_minute: float | None = None,
    waits_for_form: bool = False,
) -> RequireToken:
    """Return when the caller may go on; ``request.user`` is then the caller. Raises Refusal.

    What is returned takes the CSRF token of a form and raises Refusal for a wrong one; only where the request
    ``waits_for_form`` it may be there alone.
    """
    body_of(request)  # before anybody looks for a form
    require_token: RequireToken = _nothing
    if not await authenticate(request, scope=SCOPE):
        if waits_for_form:
            require_token = await _token_gate(request, cors)
        else:
            await require_own_page(request, cors=cors)
    await require_access(request, rule)
    require_rate(request, name, per_minute=per_minute)
    return require_token


async def require_access(request: HttpRequest, rule: str) -> None:
    """Raise Refusal unless the rule lets the caller in; an empty one lets nobody."""
    if rule != PUBLIC:
        await require_rule(request, rule or _nobody(request))
    else:
        await user_of(request)


async def _token_gate(request: HttpRequest, cors: tuple[str, ...]) -> RequireToken:
    require_origin(request, cors=cors)
    if not await is_known_by_cookie(request) or csrf_fault(request) is None:
        return _nothing

    def require_token(token: str) -> None:
        request.META[settings.CSRF_HEADER_NAME] = token
        fault = csrf_fault(request)
        if fault is not None:
            raise csrf_refusal(f"{fault} In a form it must come before the files.")

    return require_token


def _nothing(token: str) -> None:
    pass


def _nobody(request: HttpRequest) -> Any:
    raise Refusal(403, "access_denied", "Nobody may do this here.")
