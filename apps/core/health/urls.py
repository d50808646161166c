"""Health for monitors: ``path("health/", include("smallweb.core.health.urls"))``, before the site folders."""

from __future__ import annotations

from django.urls import path

from .views import show_health, show_live, show_metrics

app_name = "smallweb_health"
urlpatterns = [
    path("", show_health, name="status"),
    path("live/", show_live, name="live"),
    path("metrics/", show_metrics, name="metrics"),
]
