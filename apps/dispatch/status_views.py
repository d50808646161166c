"""``/status/<id>``: JSON for programs, a page with a progress bar for people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from ..core.encoding import encode
from ..core.executions.control import cancel as cancel_run
from ..core.executions.status import WAITING
from ..core.http.answers import JSON, refused, wants_json
from ..core.http.caller import authenticate, require_own_page
from ..core.http.refusal import Refusal
from ..core.socket.pool import in_pool
from .guard import SCOPE
from .models import Ticket
from .progress import DEFAULT_STATUS
from .services.read_status import find_ticket, is_over, sees_errors, status_of

_METHODS = ("GET", "HEAD", "POST", "DELETE")
_WORDS = {
    WAITING["status"]: _("waiting"), DEFAULT_STATUS: _("running"), "SUCCESS": _("done"),
    "FAILURE": _("failed"), "LOST": _("lost"), "CANCELLED": _("cancelled"),
}  # fmt: skip
_UNKNOWN = "There is no task with this id, or another person started it."


@csrf_exempt  # the guard asks for the token where cookies say who it is
async def status(request: HttpRequest, token: UUID) -> HttpResponseBase:
    """Tell how far a task is; DELETE cancels it."""
    try:
        if request.method not in _METHODS:
            allow = {"Allow": ", ".join(_METHODS)}
            raise Refusal(405, "method_not_allowed", f"{request.method} is not served here.", headers=allow)
        if request.method == "DELETE":
            return await _cancelled(request, token)
        ticket = await _ticket(request, token)
        return _no_store(await in_pool(lambda: _shown(request, ticket)))
    except Refusal as refusal:
        return _no_store(refused(request, refusal))


@csrf_exempt
async def cancel(request: HttpRequest, token: UUID) -> HttpResponseBase:
    """Cancel a task, by the form of its page."""
    try:
        if request.method != "POST":
            allow = {"Allow": "POST"}
            raise Refusal(405, "method_not_allowed", "Send a POST to cancel the task.", headers=allow)
        return await _cancelled(request, token)
    except Refusal as refusal:
        return _no_store(refused(request, refusal))


async def _cancelled(request: HttpRequest, token: UUID) -> HttpResponseBase:
    if not await authenticate(request, scope=SCOPE):
        await require_own_page(request)
    ticket = await _ticket(request, token, is_known=True)
    ticket.run = await in_pool(lambda: cancel_run(ticket.run, now=timezone.now()))
    if request.method == "POST" and not wants_json(request):
        return redirect("smallweb_dispatch:status", token)
    shown = status_of(ticket, is_trusted=sees_errors(request))
    return _no_store(HttpResponse(encode(shown), content_type=JSON))


async def _ticket(request: HttpRequest, token: UUID, *, is_known: bool = False) -> Ticket:
    if not is_known:
        await authenticate(request, scope=SCOPE)
    ticket = await in_pool(lambda: find_ticket(request, token))
    if ticket is None:
        raise Refusal(404, "no_such_task", _UNKNOWN)
    return ticket


def _shown(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    shown = status_of(ticket, is_trusted=sees_errors(request))
    if "text/html" not in request.headers.get("Accept", ""):
        return HttpResponse(encode(shown), content_type=JSON)
    return render(request, "smallweb_dispatch/status.html", _context(request, ticket, shown))


def _context(request: HttpRequest, ticket: Ticket, shown: dict[str, Any]) -> dict[str, Any]:
    state = shown.get("state") or {}
    channel = "" if ticket.user_id is None else f"user/{ticket.user_id}/tasks/{ticket.token}"
    return {
        "ticket": ticket,
        "is_over": is_over(ticket),
        "word": _WORDS.get(shown["status"], shown["status"]),
        "title": state.get("title", "") if isinstance(state, dict) else "",
        "number": state.get("number") if isinstance(state, dict) else None,
        "total": state.get("total") if isinstance(state, dict) else None,
        "error": shown.get("error", ""),
        "data": encode(shown["data"]).decode() if "data" in shown else "",
        "channel": channel,
    }


def _no_store(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Vary"] = "Accept, Cookie"
    return response
