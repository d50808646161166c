"""What stands before a project's ASGI application: pages to Django, sockets to the suite."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.apps import apps
from django.urls import re_path

from .exceptions import TokenRefused
from .http.handler import HttpHandler
from .socket.bearer import bearer_of, known_by
from .socket.consumers import NoSuchSocket, turn_away
from .socket.origin import may_connect
from .socket.pool import in_pool
from .socket.protocol import CloseCode
from .socket.routing import websocket_urlpatterns

Application = Callable[..., Awaitable[Any]]


def application(django_asgi_app: Application | None = None) -> Application:
    """Return an ASGI application that serves ``/ws/`` itself and gives everything else to Django's: without
    another one, to core's ``HttpHandler``. Django must be set up (``django.setup()``) before the import.

    Daphne's guard is installed when it is Daphne that imports the application.
    """
    pages = HttpHandler() if django_asgi_app is None else django_asgi_app
    if "daphne.server" in sys.modules:
        from .daphne_guard import install

        install(limit_bodies=django_asgi_app is not None)
    routes = URLRouter([*websocket_urlpatterns, re_path(r"", NoSuchSocket.as_asgi())])
    pages_sockets = _with_sessions(routes)
    _spare_what_is_loaded()

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["type"] != "websocket":
            return await pages(scope, receive, send)
        token = bearer_of(scope)
        if not may_connect(scope, is_program=token is not None):
            await receive()
            return await send({"type": "websocket.close"})  # Before an accept: the handshake gets a 403.
        if token is not None:
            return await _serve_program(routes, token, scope, receive, send)
        # The session's middleware would look at the session with each frame that is sent.
        return await pages_sockets({**scope, "smallweb.send": send}, receive, send)

    return serve


@functools.cache
def _spare_what_is_loaded() -> None:
    """Take what was imported so far out of every later collection of garbage.

    A full collection holds all threads for as long as it looks at Django's modules: half a second on a
    small machine, in the middle of somebody's call.
    """
    gc.collect()
    gc.freeze()


async def _serve_program(
    routes: Application, token: str, scope: dict[str, Any], receive: Any, send: Any
) -> None:
    """Serve the socket of a program; its cookies are not looked at."""
    try:
        known = await in_pool(lambda: known_by(token))
    except TokenRefused:
        await turn_away(receive, send, CloseCode.SESSION_ENDED)
    else:
        await routes({**scope, **known}, receive, send)


def _with_sessions(routes: Application) -> Application:
    if apps.is_installed("django.contrib.sessions"):
        return AuthMiddlewareStack(routes)  # type: ignore[no-any-return]
    return routes
