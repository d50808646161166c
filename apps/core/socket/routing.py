"""Where the socket is."""

from __future__ import annotations

from django.urls import path

from . import subscriptions as subscriptions  # Registers its methods.
from .consumers import SocketConsumer

websocket_urlpatterns = [path("ws/", SocketConsumer.as_asgi())]
