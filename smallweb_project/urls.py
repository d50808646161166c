"""The project's URLs: admin, health, calls, uploads, apps, controllers; the pages take the rest."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", include("smallweb.core.health.urls")),
    path("rpc/", include("smallweb.core.socket.urls")),
    path("uploads/", include("smallweb.uploads.urls")),
    path("apps/", include("smallweb.sessions.urls")),
    path("", include("smallweb.dispatch.urls")),
    path("", include("smallweb.core.urls")),
]
handler404 = "smallweb.dispatch.views.not_found"
