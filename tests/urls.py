"""The URLs of the suite's own tests."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", include("smallweb.core.health.urls")),
    path("rpc/", include("smallweb.core.socket.urls")),
    path("uploads/", include("smallweb.uploads.urls")),
    path("", include("smallweb.dispatch.urls")),
]
