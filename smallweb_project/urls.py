"""The project's URLs: admin, health for monitors, and the folders of static pages, which take the rest."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", include("smallweb.core.health.urls")),
    path("", include("smallweb.core.urls")),
]
