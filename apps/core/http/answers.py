"""Errors as answers: JSON for programs, text for people."""

from __future__ import annotations

import logging
import traceback

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from ..encoding import encode
from ..exceptions import AccessDenied, PublicError
from .refusal import Refusal

logger = logging.getLogger(__name__)

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"

FAILED = "The method failed; the server's log says why."


def refusal_of(error: BaseException) -> Refusal | None:
    """Return how what user code raised is told; None for a fault that is the server's."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, PublicError):
        return Refusal(422, error.code, str(error), data=error.data)
    if isinstance(error, Http404):
        return Refusal(404, "not_found", "There is nothing here.")
    if isinstance(error, PermissionDenied | AccessDenied):
        return Refusal(403, "access_denied", "You may not do this.")
    if isinstance(error, BadRequest | SuspiciousOperation):
        return Refusal(400, "bad_request", "The request was refused.")
    return None


def refused(request: HttpRequest, refusal: Refusal, *, is_json: bool | None = None) -> HttpResponse:
    """Return the answer: ``{"error": code, "message": sentence, ...}`` or the sentence; which of them says
    ``is_json``, or else the request.
    """
    if wants_json(request) if is_json is None else is_json:
        body = {"error": refusal.code, "message": str(refusal), **refusal.data}
        response = HttpResponse(encode(body), content_type=JSON, status=refusal.status)
    else:
        response = HttpResponse(f"{refusal}\n", content_type=TEXT, status=refusal.status)
    for name, value in {**refusal.headers, "X-Content-Type-Options": "nosniff"}.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def failed(
    request: HttpRequest, error: BaseException, *, path: str, is_json: bool | None = None
) -> HttpResponse:
    """Log what user code raised and answer 500; with DEBUG the answer has the traceback."""
    logger.error("path=%s failed", path, exc_info=error)
    lines = "".join(traceback.format_exception(error)) if settings.DEBUG else ""
    refusal = Refusal(
        500, "call_failed", lines or FAILED, data={"type": type(error).__name__} if lines else {}
    )
    return refused(request, refusal, is_json=is_json)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: it accepts JSON and no HTML, or sends JSON."""
    accepted = request.headers.get("Accept", "")
    if "application/json" in accepted and "text/html" not in accepted:
        return True
    return has_json(request) and "text/html" not in accepted


def has_json(request: HttpRequest) -> bool:
    """Whether the body is JSON, as its content type says."""
    kind = request.content_type or ""
    return kind == "application/json" or kind.endswith("+json")
