"""The site folders, for the last line of a project's urlpatterns: ``path("", include("smallweb.core.urls"))``."""

from __future__ import annotations

from django.urls import path

from .views import serve_site

urlpatterns = [
    path("", serve_site, name="smallweb_site_root"),
    path("<path:path>", serve_site, name="smallweb_site"),
]
