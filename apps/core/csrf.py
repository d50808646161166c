"""Django's guard against forged requests, asked about one request by views that answer in their own way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware


def csrf_fault(request: HttpRequest) -> str | None:
    """Return why a request that cookies speak for is not let through; None when it may pass."""
    guard = _Guard(_nothing)
    guard.process_request(request)
    reason: Any = guard.process_view(request, _nothing, (), {})
    return reason  # type: ignore[no-any-return]


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether a browser says that a page of another site sends it; CSRF_TRUSTED_ORIGINS are ours."""
    guard: Any = _Guard(_nothing)
    return "HTTP_ORIGIN" in request.META and not guard._origin_verified(request)


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _Guard(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason
