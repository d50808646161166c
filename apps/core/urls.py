"""The site folders; the last line of a project: ``path("", include("smallweb.core.urls"))``."""

from __future__ import annotations

from django.urls import path

from .views import serve_site

urlpatterns = [
    path("", serve_site, name="smallweb_site_root"),
    path("<path:path>", serve_site, name="smallweb_site"),
]
