"""Who asks, and whether they may reach a method: the right method of HTTP, origin, token, rights, rate."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ..core.access import PUBLIC
from ..core.csrf import csrf_fault
from ..core.http.caller import (
    authenticate,
    header_fault,
    is_named,
    require_own_page,
    require_rate,
    require_rule,
    user_of,
)
from ..core.http.refusal import Refusal
from ..core.socket.pool import in_pool
from .given import has_form, read_given
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
    if not await authenticate(request, scope=SCOPE) and request.method not in ("GET", "HEAD"):
        await require_own_page(request, cors=endpoint.cors, fault=_csrf_fault)
    if rule != PUBLIC:
        await require_rule(request, rule)
    elif endpoint.wants_user and settings.SESSION_COOKIE_NAME in request.COOKIES:
        await user_of(request)  # on the loop nobody could look the user up
    require_rate(request, endpoint.name, per_minute=endpoint.options.per_minute)


async def _csrf_fault(request: HttpRequest) -> str | None:
    if not has_form(request):
        return await header_fault(request)

    def look() -> str | None:
        read_given(request)  # it takes its time with files, and refuses what cannot be read
        return csrf_fault(request)

    return await in_pool(look)


def preflight(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Answer OPTIONS: what may be sent, and whether another site's page may."""
    response = HttpResponse(status=204, headers={"Allow": allowed_methods(endpoint)})
    if is_named(request, endpoint.cors):
        response["Access-Control-Allow-Methods"] = ", ".join(endpoint.methods)
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Max-Age"] = "600"
    return response
