"""Where the socket is."""

from __future__ import annotations

from django.urls import path

from . import auth as auth  # Registers its methods, as do the next lines.
from . import channel_methods as channel_methods
from . import subscriptions as subscriptions
from .consumers import SocketConsumer

websocket_urlpatterns = [path("ws/", SocketConsumer.as_asgi())]
