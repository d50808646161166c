"""Uploads, scripts, and the pages of these tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.views import serve as serve_script
from django.http import HttpRequest
from django.urls import include, path
from django.utils.decorators import async_only_middleware
from django.views.static import serve

PAGES = Path(__file__).parent / "pages"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

urlpatterns = [
    path("uploads/", include("smallweb.uploads.urls")),
    path("static/<path:path>", serve_script, {"insecure": True}),
    path("pages/<path:path>", serve, {"document_root": PAGES}),
    path("packages/<path:path>", serve, {"document_root": os.environ.get("TEST_PACKAGES", PAGES)}),
]


@async_only_middleware
def add_policy(get_response: Any) -> Any:
    async def middleware(request: HttpRequest) -> Any:
        response = await get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware
