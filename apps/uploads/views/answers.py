"""Refusals and failures as answers: text for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ...core.http.answers import failed, refusal_of, refused
from ...core.http.body import ClientGone
from ...core.http.refusal import Refusal
from ..exceptions import UploadError

CLIENT_GONE = 499


async def answered(
    request: HttpRequest, work: Callable[[], Awaitable[HttpResponseBase]], *, path: str
) -> HttpResponseBase:
    """Return what the work answers, or the answer to what it raises."""
    try:
        return await work()
    except ClientGone:
        return HttpResponse(status=CLIENT_GONE)
    except Exception as error:  # handlers raise anything
        return answer_to(request, error, path=path)


def answer_to(request: HttpRequest, error: Exception, *, path: str) -> HttpResponse:
    refusal = as_refusal(error)
    is_json = "text/html" not in request.headers.get("Accept", "")
    if refusal is None:
        return failed(request, error, path=path, is_json=is_json)
    return refused(request, refusal, is_json=is_json)


def as_refusal(error: BaseException) -> Refusal | None:
    """Return how an error is told; None for a fault that is the server's."""
    if isinstance(error, UploadError):
        return Refusal(error.status, error.code, str(error))
    return refusal_of(error)


def allow(*methods: str) -> Any:
    """Return a refusal of all but these methods."""
    text = f"Send {' or '.join(methods)}."
    return Refusal(405, "method_not_allowed", text, headers={"Allow": ", ".join((*methods, "OPTIONS"))})
