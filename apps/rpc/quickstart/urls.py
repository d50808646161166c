"""The addresses of a site that is one script: its homepage, and its folders."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from .project import site_of_script

_site = site_of_script()

urlpatterns = [
    path(_site["base"], RedirectView.as_view(url=_site["homepage"])),
    path("rpc/", include("smallweb.core.socket.urls")),
    path("", include("smallweb.core.urls")),
]
