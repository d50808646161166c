"""Uploads, scripts, and the pages of these tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from django.contrib.staticfiles.views import serve as serve_script
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.static import serve

PAGES = Path(__file__).parent / "pages"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

urlpatterns = [
    path("uploads/", include("smallweb.uploads.urls")),
    path("static/<path:path>", serve_script, {"insecure": True}),
    path("pages/<path:path>", serve, {"document_root": PAGES}),
    path("packages/<path:path>", serve, {"document_root": os.environ.get("TEST_PACKAGES", PAGES)}),
]


def add_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware
