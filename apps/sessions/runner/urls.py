"""The addresses of a Runner: those of every app's page below ``_smallweb/``, and the apps at any other."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from ...core.http.body import streams_body
from ...core.http.refusal import Refusal
from ..pages import answered, serve_app
from ..registry import HostedApp
from ..serving import MOUNTED
from .site import serving

_STATIC = Path(__file__).resolve().parent.parent / "static"
_FILES = {
    file.relative_to(_STATIC).as_posix(): (file.read_bytes(), mimetypes.guess_type(file.name)[0])
    for file in _STATIC.rglob("*")
    if file.is_file()
}


async def static(request: HttpRequest, path: str) -> HttpResponse:
    """Serve the scripts of apps' pages."""
    if path not in _FILES:
        raise Http404
    content, kind = _FILES[path]
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": "max-age=60"})


@csrf_exempt
@transaction.non_atomic_requests
@streams_body
async def app(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve the app that the Runner has for this address."""

    async def answer() -> HttpResponseBase:
        found = serving.get()
        if found is None:
            raise Refusal(404, "not_found", "There is nothing here.")
        if not isinstance(found, HostedApp):
            return await found(request)
        return await serve_app(request, found, path=f"/{path}", is_open=True)

    return await answered(request, answer)


def _mounted(kwargs: dict[str, Any]) -> Any:
    found = serving.get()
    return found if isinstance(found, HostedApp) else None


setattr(app, MOUNTED, _mounted)

urlpatterns = [
    path("_smallweb/static/<path:path>", static),
    path("_smallweb/", include("smallweb.sessions.urls")),
    re_path(r"^(?P<path>.*)$", app),
]
