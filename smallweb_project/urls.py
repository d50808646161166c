"""The project's URLs: the admin, then the folders of static pages, which take what is left."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("smallweb.core.urls")),
]
