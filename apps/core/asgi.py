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

from .socket.consumers import NoSuchSocket
from .socket.origin import may_connect
from .socket.routing import websocket_urlpatterns

Application = Callable[..., Awaitable[Any]]


def application(django_asgi_app: Application) -> Application:
    """Return an ASGI application that serves ``/ws/`` itself and gives everything else to Django's.

    Daphne's guard is installed when it is Daphne that imports the application.
    """
    if "daphne.server" in sys.modules:
        from .daphne_guard import install

        install()
    sockets = _sockets()
    _spare_what_is_loaded()

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["type"] != "websocket":
            return await django_asgi_app(scope, receive, send)
        if not may_connect(scope):
            await receive()
            return await send({"type": "websocket.close"})  # Before an accept: the handshake gets a 403.
        # The session's middleware would look at the session with each frame that is sent.
        return await sockets({**scope, "smallweb.send": send}, receive, send)

    return serve


@functools.cache
def _spare_what_is_loaded() -> None:
    """Take what was imported so far out of every later collection of garbage.

    A full collection holds all threads for as long as it looks at Django's modules: half a second on a
    small machine, in the middle of somebody's call.
    """
    gc.collect()
    gc.freeze()


def _sockets() -> Application:
    routes = URLRouter([*websocket_urlpatterns, re_path(r"", NoSuchSocket.as_asgi())])
    if apps.is_installed("django.contrib.sessions"):
        return AuthMiddlewareStack(routes)  # type: ignore[no-any-return]
    return routes  # type: ignore[no-any-return]
