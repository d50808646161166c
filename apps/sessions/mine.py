"""``apps/mine/``: what runs for a visitor, and a way to end it."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_deny
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from ..core.durations import duration_text
from .exceptions import NoHost
from .registry import apps
from .services.manage_sessions import SeenSession, end_sessions, list_sessions
from .services.visitor import Visitor, recall_visitor


@never_cache
@xframe_options_deny
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Show the sessions of a user, of all logins, or of a visitor without one; by POST end one of them."""
    visitor = recall_visitor(request.session, request.user, address="")
    problem, found = "", []
    try:
        if request.method == "POST":
            return _end(request, visitor)
        found = list_sessions(visitor=visitor.visitor).sessions if visitor is not None else []
    except NoHost as error:
        problem = str(error)
    now = time.time()
    running = [_row(one, now) for one in found if not one.is_ending]
    return render(request, "smallweb_sessions/mine.html", {"rows": running, "problem": problem})


def _end(request: HttpRequest, visitor: Visitor | None) -> HttpResponse:
    """Raises NoHost."""
    if visitor is not None:
        chosen = [request.POST.get("id", "")]
        end_sessions(reason="ended by its user", visitor=visitor.visitor, ids=chosen)
    return HttpResponseRedirect(request.path)


def _row(one: SeenSession, now: float) -> dict[str, Any]:
    return {
        "id": one.id,
        "app": one.app,
        "url": _url(one),
        "age": duration_text(now - one.started_at),
        "memory": filesizeformat(one.memory_bytes) if one.memory_bytes else "",
        "tabs": one.tabs,
    }


def _url(one: SeenSession) -> str:
    """Return the address that shows it; empty for an app of a view, and for an instance that was replaced."""
    if one.app not in apps or not one.is_newest:
        return ""
    try:
        url = reverse("smallweb_sessions:app", args=[one.app])
    except NoReverseMatch:
        return ""
    return f"{url}?{one.query}" if one.query else url
