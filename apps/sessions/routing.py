"""Where the sockets of apps are."""

from __future__ import annotations

from typing import Any

from django.urls import path, re_path

from ..core.socket.routing import websocket_urlpatterns
from .sockets import htag_socket, mounted_socket


def add_sockets() -> None:
    """Have them served beside core's own: ``/ws/apps/<session>`` of htag's pages, and all paths of apps."""
    if not any(getattr(route, "name", None) == "smallweb_sessions" for route in websocket_urlpatterns):
        of_page: Any = htag_socket  # no view for Django, but what Channels takes in place of one
        of_path: Any = mounted_socket
        websocket_urlpatterns.append(path("ws/apps/<str:id>", of_page, name="smallweb_sessions"))
        websocket_urlpatterns.append(re_path(r"^(?P<path>.*)$", of_path))
