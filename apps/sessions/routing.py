"""Where the sockets of apps are."""

from __future__ import annotations

from django.urls import path, re_path

from ..core.socket.routing import websocket_urlpatterns
from .sockets import htag_socket, mounted_socket


def add_sockets() -> None:
    """Have them served beside core's own: ``/ws/apps/<session>`` of htag's pages, and any path under an app."""
    if not any(getattr(route, "name", None) == "smallweb_sessions" for route in websocket_urlpatterns):
        websocket_urlpatterns.append(path("ws/apps/<str:id>", htag_socket, name="smallweb_sessions"))
        websocket_urlpatterns.append(re_path(r"^(?P<path>.*)$", mounted_socket))
