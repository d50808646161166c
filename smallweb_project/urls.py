"""The project's URLs: admin, health, calls and events; the folders of static pages take the rest."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", include("smallweb.core.health.urls")),
    path("rpc/", include("smallweb.core.socket.urls")),
    path("", include("smallweb.core.urls")),
]
