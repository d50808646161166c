"""The HTTP side of the socket: ``path("rpc/", include("smallweb.core.socket.urls"))``."""

from __future__ import annotations

from django.urls import path

from . import routing as routing  # Registers the methods.
from .events import events_view
from .http import call_view

urlpatterns = [
    path("", call_view, name="smallweb_rpc_call"),
    path("events", events_view, name="smallweb_rpc_events"),
]
