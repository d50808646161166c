"""The paths of controllers: ``path("", include("smallweb.dispatch.urls"))``, before the folders of pages.

What is no path of a controller is left to the patterns after these.
"""

from __future__ import annotations

from django.urls import path, register_converter

from .openapi_views import openapi, try_page
from .registry import Endpoint, route
from .status_views import cancel, status
from .views import dispatch


class EndpointConverter:
    """Matches the paths that reach a method, and nothing else."""

    regex = ".*"

    def to_python(self, value: str) -> Endpoint:
        endpoint = route(value)
        if endpoint is None:
            raise ValueError
        return endpoint

    def to_url(self, value: Endpoint | str) -> str:
        return value if isinstance(value, str) else value.name


register_converter(EndpointConverter, "smallweb_endpoint")

app_name = "smallweb_dispatch"
urlpatterns = [
    path("status/<uuid:token>", status, name="status"),
    path("status/<uuid:token>/cancel", cancel, name="cancel"),
    path("openapi.json", openapi, name="openapi"),
    path("try/", try_page, name="try"),
    path("<smallweb_endpoint:endpoint>", dispatch, name="endpoint"),
]
