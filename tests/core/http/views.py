"""Views of all kinds, for both handlers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from django.contrib import messages
from django.contrib.auth import aget_user, alogin, get_user_model
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from smallweb.core.http.body import ClientGone, body_of, streams_body

begun = asyncio.Event()
ended: list[str] = []


async def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} {request.get_full_path()}")


async def token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


async def change(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("name", ""))


@csrf_exempt
async def log_in(request: HttpRequest) -> HttpResponse:
    user = await get_user_model().objects.aget(username="ann")
    await alogin(request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("welcome")


async def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse((await aget_user(request)).get_username())


def say(request: HttpRequest) -> HttpResponse:
    messages.info(request, "saved")
    return HttpResponse("said")


def hear(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(str(each) for each in messages.get_messages(request)))


def blocking(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("1")


async def fails(request: HttpRequest) -> HttpResponse:
    raise ValueError("the secret of the server")


async def streamed(request: HttpRequest) -> StreamingHttpResponse:
    async def letters() -> AsyncIterator[bytes]:
        for letter in (b"a", b"b"):
            yield letter

    return StreamingHttpResponse(letters())


async def waits(request: HttpRequest) -> HttpResponse:
    begun.set()
    try:
        await asyncio.sleep(3600)
    finally:
        ended.append("waits")
    return HttpResponse()


@csrf_exempt
@streams_body
async def counts(request: HttpRequest) -> HttpResponse:
    sizes: list[int] = []
    try:
        async for piece in body_of(request):
            sizes.append(len(piece))
            begun.set()
    except ClientGone:
        ended.append(f"gone after {sum(sizes)}")
        return HttpResponse(status=400)
    return HttpResponse(f"{sizes} {request.GET.get('a', '')}")


@csrf_exempt
@streams_body
async def refuses(request: HttpRequest) -> HttpResponse:
    return HttpResponse("no", status=403)


urlpatterns: list[Any] = [
    path("plain/", plain), path("token/", token), path("change/", change), path("login/", log_in),
    path("who/", who), path("say/", say), path("hear/", hear), path("blocking/", blocking),
    path("fails/", fails), path("streamed/", streamed), path("waits/", waits),
    path("counts/", counts), path("refuses/", refuses),
]  # fmt: skip
