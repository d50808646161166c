"""``openapi.json`` and the page to try what is in it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from ..core.encoding import encode
from ..core.http.answers import JSON, refused
from ..core.http.caller import authenticate, user_of
from ..core.http.refusal import Refusal
from ..core.socket.pool import in_pool
from .guard import SCOPE
from .openapi import document_for

View = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponseBase]]


def _for_the_caller(view: View) -> View:
    """Have ``request.user`` loaded, by token or session, and the answer kept for nobody else."""

    @wraps(view)
    async def guarded(request: HttpRequest) -> HttpResponseBase:
        try:
            if not await authenticate(request, scope=SCOPE):
                await user_of(request)
        except Refusal as refusal:
            return refused(request, refusal)
        response = await view(request)
        patch_vary_headers(response, ("Cookie", "Authorization"))
        response["Cache-Control"] = "private, no-cache"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return guarded


@require_safe
@_for_the_caller
async def openapi(request: HttpRequest) -> HttpResponseBase:
    """Answer with the OpenAPI document of what the caller may call."""
    document = await in_pool(lambda: document_for(request.user))
    etag = f'"{document["info"]["version"]}"'
    response = HttpResponse(encode(document), content_type=JSON, headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
@_for_the_caller
async def try_page(request: HttpRequest) -> HttpResponseBase:
    """Show forms for what the caller may call; a script makes them of the document."""
    context = {"caller": request.user}
    return await in_pool(lambda: render(request, "smallweb_dispatch/try.html", context))
