"""Pages of apps: who may see one, and what is shown to those who may not."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from ..core.conf import core_settings
from ..core.exceptions import SmallwebError
from ..core.http.answers import refused, wants_json
from ..core.http.caller import require_origin, require_rate, user_of
from ..core.http.refusal import Refusal
from ..core.socket.pool import in_pool
from .exceptions import AppNotReady, NoHost, NoRoom, SessionAbsent, SessionGone, SessionStuck
from .http_line import answer_of
from .registry import HostedApp
from .services.open_session import Session
from .services.sealing import public_key
from .services.visitor import Visitor, give_cookie, know_visitor
from .serving import access_fault, opened_for

logger = logging.getLogger(__name__)

Serve = Callable[[], Awaitable[HttpResponseBase]]

_STATUS = {
    AppNotReady: 503,
    NoRoom: 503,
    NoHost: 503,
    SessionStuck: 504,
    SessionGone: 410,
}
_MAX_SOCKET_BYTES = 100_000
"""Larger interactions of a page go by POST: a socket would be held up by them."""
_SEAL_BYTES = 24
_SAFE = ("GET", "HEAD", "OPTIONS")


async def answered(request: HttpRequest, serve: Serve, *, is_json: bool = False) -> HttpResponseBase:
    """Return what ``serve`` does, or a page, or JSON, that says why there is nothing."""
    try:
        return await serve()
    except (Refusal, SmallwebError) as error:
        return _notice(request, error, is_json=is_json or wants_json(request))


def _notice(request: HttpRequest, error: SmallwebError, *, is_json: bool) -> HttpResponseBase:
    refusal = error if isinstance(error, Refusal) else _refusal_of(error)
    if is_json:
        return refused(request, refusal, is_json=True)
    context = {
        "text": str(refusal),
        "retry": refusal.status in (410, 503, 504),
        "mine": _mine_url() if isinstance(error, NoRoom) else "",
        "detail": str(error) if isinstance(error, AppNotReady) and settings.DEBUG else "",
    }
    html = render_to_string("smallweb_sessions/notice.html", context)
    response = HttpResponse(html, status=refusal.status, headers={"Cache-Control": "no-store"})
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def _refusal_of(error: SmallwebError) -> Refusal:
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    if isinstance(error, AppNotReady):
        logger.error("an app cannot be started: %s", error)
        return Refusal(status, error.code, _("The app cannot be started; the server's log says why."))
    headers = {"Retry-After": "10"} if status == 503 else {}
    return Refusal(status, error.code, str(error), headers=headers)


async def serve_app(
    request: HttpRequest, app: HostedApp, *, path: str, is_open: bool = False
) -> HttpResponseBase:
    """Return the app's answer for the visitor; ``is_open``: whoever calls this has asked who may.

    Raises Refusal, AppNotReady, NoRoom, NoHost, SessionGone.
    """
    user = await user_of(request)
    fault = None if is_open else await access_fault(user, app)
    if fault is not None:
        return _turned_away(request, fault)
    if request.method not in _SAFE:
        require_origin(request)
    require_rate(request, f"apps/{app.name}", per_minute=None)
    address = request.META.get("REMOTE_ADDR", "")
    was_modified = request.session.modified
    visitor = await in_pool(lambda: know_visitor(request.session, user, address=address))
    response = await _answer_again(request, app, visitor, path)
    if request.session.modified and not (was_modified or settings.SESSION_SAVE_EVERY_REQUEST):
        give_cookie(request.session, response)
    return response


async def _answer_again(
    request: HttpRequest, app: HostedApp, visitor: Visitor, path: str
) -> HttpResponseBase:
    query = request.META.get("QUERY_STRING", "")
    try:
        return await _answer(request, app, visitor, query, path)
    except SessionStuck:
        raise
    except SessionGone as error:  # it ended between the host's answer and ours
        if not isinstance(error, SessionAbsent) and request.method not in _SAFE:
            raise  # it has been asked, and may have done it
        return await _answer(request, app, visitor, query, path)


async def _answer(
    request: HttpRequest, app: HostedApp, visitor: Visitor, query: str, path: str
) -> HttpResponseBase:
    session = await opened_for(app, visitor, query=query)
    if app.parano and session.kind != "htag1":
        raise AppNotReady(f"The app {app.name!r} is no htag 1 app; parano is for those only.")
    if session.kind != "htag1":
        root_path = request.path.removesuffix(path)
        return await answer_of(request, session, visitor, path=path, root_path=root_path, given={})
    if path != "/" or request.method not in _SAFE:
        raise Refusal(404, "not_found", "There is nothing here.")
    given = _page_config(request, app, session)
    return await answer_of(request, session, visitor, path="/", root_path="", given=given)


def _page_config(request: HttpRequest, app: HostedApp, session: Session) -> dict[str, Any]:
    """Return what a htag page must know to reach its session."""
    scripts = ["parano.js", "htag.js"] if session.parano else ["htag.js"]
    most = core_settings().socket_max_message_bytes
    return {
        "scripts": [static(f"smallweb_sessions/{script}") for script in scripts],
        "config": {
            "socket": f"/ws/apps/{session.id}",
            "call": reverse("smallweb_sessions:call", args=[session.id]),
            "pushes": reverse("smallweb_sessions:pushes", args=[session.id]),
            "csrf": get_token(request),
            "httpOnly": app.http_only,
            "maxSocketBytes": min(_MAX_SOCKET_BYTES, most - _SEAL_BYTES),
            "parano": _parano_config(session) if session.parano else None,
        },
    }


def _parano_config(session: Session) -> dict[str, str]:
    return {
        "session": session.id,
        "key": public_key(session.id),
        "fallback": static("smallweb_sessions/vendor/noble.js"),
    }


def _turned_away(request: HttpRequest, fault: str) -> HttpResponseBase:
    if fault == "denied":
        raise Refusal(403, "access_denied", _("You may not use this app."))
    url = _login_url()
    if url and request.method in _SAFE and not wants_json(request):
        return redirect_to_login(request.get_full_path(), url)
    raise Refusal(401, "login_wanted", _("Log in to use this app."))


def _login_url() -> str:
    """Return where people log in; empty where nobody can."""
    url = resolve_url(settings.LOGIN_URL)
    try:
        resolve(url.partition("?")[0])
    except Resolver404:
        try:
            return reverse("admin:login")
        except NoReverseMatch:
            return ""
    return url


def _mine_url() -> str:
    try:
        return reverse("smallweb_sessions:mine")
    except NoReverseMatch:
        return ""
