"""The addresses of apps alone."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("apps/", include("smallweb.sessions.urls"))]
