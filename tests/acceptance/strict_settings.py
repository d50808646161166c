"""The project behind the strictest policy that its pages must live with."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import MIDDLEWARE as PROJECT_MIDDLEWARE

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
MIDDLEWARE = ["tests.acceptance.strict_settings.add_policy", *PROJECT_MIDDLEWARE]


def add_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware
