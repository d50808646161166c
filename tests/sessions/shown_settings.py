"""The project, its admin and the pages of sessions behind the strictest policy that they must live with.

An app's own pages have scripts of their own within: the policy is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import MIDDLEWARE as PROJECT_MIDDLEWARE
from tests.acceptance.strict_settings import POLICY

MIDDLEWARE = ["tests.sessions.shown_settings.add_policy", *PROJECT_MIDDLEWARE]


def add_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith("/apps/") or request.path == "/apps/mine/":
            response["Content-Security-Policy"] = POLICY
        return response

    return middleware
