"""The sockets of apps."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import Resolver404, ResolverMatch, resolve

from ..core.socket.consumers import NoSuchSocket
from ..core.socket.pool import in_pool
from .exceptions import AppNotReady, NoHost, NoRoom, SealBroken, SessionGone, SessionStuck
from .peer import Peer
from .sealed import UNSEALED, sealed_socket
from .services.host_link import ask_host
from .services.open_session import Session
from .services.relay import Line, relay_socket, scope_for_app
from .services.visitor import Visitor, recall_visitor
from .serving import (
    MOUNTED,
    access_fault,
    answer_limit_s,
    keep_and_share,
    known_session,
    mounted_app,
    opened_for,
)

logger = logging.getLogger(__name__)

GONE = 4404
"""Closes the socket of a page whose session has ended: the page loads itself again."""
REFUSED = 4403

_no_such_socket = NoSuchSocket.as_asgi()


async def htag_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """``/ws/apps/<id>``: the socket of a page whose session is known."""
    peer = Peer(scope.get("smallweb.send", send))
    await receive()
    visitor = await visitor_of_scope(scope)
    if visitor is None:
        return await peer.turn_away(REFUSED)
    try:
        session = await known_session(scope["url_route"]["kwargs"]["id"], visitor, scope["user"])
        if session.parano:
            receive = await sealed_socket(session, scope, receive, peer)
        await serve_socket(session, visitor, scope, receive, peer.send, path="/ws", root_path="")
    except SealBroken:
        await peer.turn_away(UNSEALED)
    except (SessionGone, NoHost):
        await peer.turn_away(GONE)
    return None


async def mounted_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A socket of an ASGI application, at the same addresses as its pages."""
    match = _resolve(scope["path"])
    if match is None:
        await _no_such_socket(scope, receive, send)
        return None
    peer = Peer(scope.get("smallweb.send", send))
    await receive()
    app = await mounted_app(match)
    visitor = await visitor_of_scope(scope)
    if app is None or visitor is None or await access_fault(scope["user"], app) is not None:
        return await peer.turn_away(REFUSED)
    path = "/" + match.kwargs.get("path", "")
    try:
        session = await opened_for(app, visitor, query="")
        if session.kind == "htag1" or app.parano:
            return await peer.turn_away(REFUSED)  # its socket is that of its pages
        root_path = scope["path"].removesuffix(path)
        await serve_socket(session, visitor, scope, receive, peer.send, path=path, root_path=root_path)
    except (SessionGone, AppNotReady, NoRoom, NoHost):
        await peer.turn_away(GONE)
    return None


def _resolve(path: str) -> ResolverMatch | None:
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match if hasattr(match.func, MOUNTED) else None


async def visitor_of_scope(scope: dict[str, Any]) -> Visitor | None:
    """Return who has opened the socket; None for who has no session, and for programs with a token."""
    if "session" not in scope:
        return None
    address = (scope.get("client") or ("",))[0]
    session, user = scope["session"], scope["user"]
    return await in_pool(lambda: recall_visitor(session, user, address=address))


async def serve_socket(
    session: Session, visitor: Visitor, scope: dict[str, Any], receive: Any, send: Any, *, path: str,
    root_path: str,
) -> None:  # fmt: skip
    """Pass a socket on to its session. Raises SessionGone where it cannot be reached, or ends before."""
    line = Line(keep_and_share(session, visitor))
    scope = {**scope, "scheme": _scheme(scope)}
    await line.open(session.path, scope_for_app(scope, path=path, root_path=root_path, given={}))
    try:
        await relay_socket(line, receive, send, limit_s=answer_limit_s(session))
    except SessionStuck:
        await ask_host("stuck", ids=[session.id])
        raise


def _scheme(scope: dict[str, Any]) -> str:
    """A proxy that ends TLS speaks plainly with us; the page of the socket knows better."""
    origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
    return "wss" if origin.startswith(b"https:") else str(scope.get("scheme", "ws"))
