"""The addresses of apps: ``path("apps/", include("smallweb.sessions.urls"))``."""

from __future__ import annotations

from django.urls import path

from .mine import mine
from .views import app, call, pushes

app_name = "smallweb_sessions"
urlpatterns = [
    path("mine/", mine, name="mine"),
    path("session/<str:id>/call", call, name="call"),
    path("session/<str:id>/pushes", pushes, name="pushes"),
    path("<str:name>/", app, name="app"),
    path("<str:name>/<path:path>", app, name="app_path"),
]
