"""The addresses of apps."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ..core.http.body import streams_body
from ..core.http.caller import csrf_refusal, header_fault, require_origin, require_rate, user_of
from ..core.http.refusal import Refusal
from ..core.socket.pool import in_pool
from .exceptions import SessionGone
from .http_line import answer_of
from .pages import answered, serve_app
from .sealed import sealed_call, sealed_pushes
from .services.open_session import Session
from .services.visitor import Visitor, recall_visitor
from .serving import MOUNTED, known_session, registered_app


@csrf_exempt  # a htag page has its own way in, and what an ASGI application takes is its own matter
@transaction.non_atomic_requests
@streams_body
async def app(request: HttpRequest, name: str, path: str = "") -> HttpResponseBase:
    """Serve an app that the code has registered."""

    async def serve() -> HttpResponseBase:
        found = await registered_app(name)
        if found is None:
            raise Refusal(404, "not_found", "There is no such app.")
        return await serve_app(request, found, path=f"/{path}")

    return await answered(request, serve)


setattr(app, MOUNTED, lambda kwargs: kwargs["name"])


@csrf_exempt  # looked at below, for visitors who are not logged in, too
@transaction.non_atomic_requests
@streams_body
async def call(request: HttpRequest, id: str) -> HttpResponseBase:
    """One interaction of a htag page, without a socket."""

    async def serve() -> HttpResponseBase:
        if request.method != "POST":
            raise Refusal(405, "method_not_allowed", "POST is wanted.", headers={"Allow": "POST"})
        require_origin(request)
        fault = await header_fault(request)
        if fault is not None:
            raise csrf_refusal(fault)
        visitor, session = await _page_session(request, id)
        if session.parano:
            return await sealed_call(request, session, visitor)
        return await answer_of(request, session, visitor, path="/call", root_path="", given={})

    return await answered(request, serve, is_json=True)


@transaction.non_atomic_requests
async def pushes(request: HttpRequest, id: str) -> HttpResponseBase:
    """What an app pushes to a htag page, as server-sent events."""

    async def serve() -> HttpResponseBase:
        require_origin(request)
        visitor, session = await _page_session(request, id)
        if session.parano:
            return await sealed_pushes(request, session, visitor)
        return await answer_of(request, session, visitor, path="/pushes", root_path="", given={})

    return await answered(request, serve, is_json=True)


async def _page_session(request: HttpRequest, id: str) -> tuple[Visitor, Session]:
    visitor = await _recall(request)
    require_rate(request, "apps", per_minute=None)
    return visitor, await known_session(id, visitor, request.user)


async def _recall(request: HttpRequest) -> Visitor:
    user = await user_of(request)
    address = request.META.get("REMOTE_ADDR", "")
    found: Any = await in_pool(lambda: recall_visitor(request.session, user, address=address))
    if found is None:
        raise SessionGone("This session has ended; load the page again.")
    return found  # type: ignore[no-any-return]
