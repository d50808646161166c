"""Apps, and the way in."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("apps/", include("smallweb.sessions.urls")),
]
