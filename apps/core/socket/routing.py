"""Where the socket is."""

from __future__ import annotations

from django.urls import path

from . import channel_methods as channel_methods  # Registers its methods.
from . import subscriptions as subscriptions
from .consumers import SocketConsumer

websocket_urlpatterns = [path("ws/", SocketConsumer.as_asgi())]
