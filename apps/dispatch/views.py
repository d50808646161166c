"""The view behind every path of a controller."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found

from ..core.http.answers import failed, refusal_of, refused, wants_json
from ..core.http.caller import add_cors
from ..core.http.refusal import Refusal
from .guard import admit, preflight, require_method
from .registry import Endpoint
from .replies import respond
from .run import call
from .services.policy import policy, rule_of
from .services.watch_requests import note_end


@csrf_exempt  # the guard asks for the token where cookies say who it is
@transaction.non_atomic_requests
async def dispatch(request: HttpRequest, endpoint: Endpoint) -> HttpResponseBase:
    """Answer by a method of a controller."""
    began_at = time.monotonic()
    error: BaseException | None = None
    try:
        response = await _serve(request, endpoint, now=began_at)
    except Exception as caught:  # users' code raises anything
        error = caught
        response = _answer_to(request, endpoint, caught)
    add_cors(request, response, endpoint.cors)
    note_end(request, endpoint, response, error, took_s=time.monotonic() - began_at)
    return response


async def _serve(request: HttpRequest, endpoint: Endpoint, *, now: float) -> HttpResponseBase:
    rows = policy.value if policy.is_fresh(now=now) else await policy.refresh()
    rule = rule_of(endpoint, rows)
    if rule is None:
        raise Refusal(404, "not_found", "There is nothing here.")
    if request.method == "OPTIONS":
        return preflight(request, endpoint)
    require_method(request, endpoint)
    await admit(request, endpoint, rule)
    if endpoint.is_task:
        from .services.start_task import start_from_request

        return await start_from_request(request, endpoint)
    result = await call(request, endpoint)
    return await respond(result, html=bool(endpoint.options.html), item=endpoint.item)


def _answer_to(request: HttpRequest, endpoint: Endpoint, error: Exception) -> HttpResponse:
    refusal = refusal_of(error)
    if refusal is None:
        return failed(request, error, path=endpoint.name)
    return refused(request, refusal)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Be a project's ``handler404``: programs get JSON, people the usual page."""
    if wants_json(request):
        return refused(request, Refusal(404, "not_found", "There is nothing here."))
    return page_not_found(request, exception)
