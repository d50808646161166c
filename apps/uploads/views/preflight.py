"""What browsers ask before a page of another site may send something."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ...core.http.caller import is_named
from ..conf import uploads_settings

_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Range"


def preflight(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """Answer OPTIONS: which methods there are, and whether pages of the asking site may use them."""
    named = ", ".join(methods)
    response = HttpResponse(status=204, headers={"Allow": f"{named}, OPTIONS"})
    if is_named(request, uploads_settings().cors):
        response["Access-Control-Allow-Methods"] = named
        response["Access-Control-Allow-Headers"] = _HEADERS
        response["Access-Control-Max-Age"] = "600"
    return response
