"""Apps at their usual place, and one served by a view."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path

from smallweb.sessions import handle


async def by_hand(request: HttpRequest, path: str = "") -> HttpResponseBase:
    return await handle(request, "desk", path=f"/{path}")


urlpatterns = [
    path("apps/", include("smallweb.sessions.urls")),
    path("hand/", by_hand),
    path("hand/<path:path>", by_hand),
]
