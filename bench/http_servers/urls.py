"""One Django process answers in three manners: a bare view, django-ninja, controllers."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from ninja import Body, NinjaAPI

api = NinjaAPI(docs_url=None, openapi_url=None)


async def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello world", content_type="text/plain")


@csrf_exempt
async def echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse(json.loads(request.body))


async def add(request: HttpRequest) -> JsonResponse:
    return JsonResponse(int(request.GET["a"]) + int(request.GET.get("b", "0")), safe=False)


@api.get("/hello")
async def ninja_hello(request: HttpRequest) -> str:
    return "hello world"


@api.post("/echo")
async def ninja_echo(request: HttpRequest, body: Body[dict[str, Any]]) -> Any:
    return body


@api.get("/add")
async def ninja_add(request: HttpRequest, a: int, b: int = 0) -> int:
    return a + b


urlpatterns = [
    path("bare/hello", hello),
    path("bare/echo", echo),
    path("bare/add", add),
    path("ninja/", api.urls),
    path("", include("smallweb.dispatch.urls")),
]
