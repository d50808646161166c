"""What the server of these tests serves: apps, and views that do with the session what a site does."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import alogin, alogout
from django.contrib.auth.models import User
from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from smallweb.sessions import handle


async def show_session(request: HttpRequest) -> JsonResponse:
    """Return what the site has in ``request.session``."""
    return JsonResponse({key: value async for key, value in _aitems(request)})


async def _aitems(request: HttpRequest) -> Any:
    for pair in await request.session.aitems():
        yield pair


async def set_session(request: HttpRequest) -> HttpResponse:
    """Keep the values of the query in ``request.session``."""
    for key, value in request.GET.items():
        await request.session.aset(key, value)
    return HttpResponse()


@csrf_exempt
async def log_in(request: HttpRequest, name: str) -> HttpResponse:
    user = await User.objects.aget(username=name)
    await alogin(request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponse()


@csrf_exempt
async def log_out(request: HttpRequest) -> HttpResponse:
    await alogout(request)
    return HttpResponse()


async def handled(request: HttpRequest) -> Any:
    """An app that is served by a view, without an entry."""
    return await handle(request, "tests.sessions.gui:Arguments", debug=True)


urlpatterns = [
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),
    path("session/show", show_session),
    path("session/set", set_session),
    path("log-in/<str:name>", log_in),
    path("log-out", log_out),
    path("handled/", handled),
    path("apps/", include("smallweb.sessions.urls")),
]
