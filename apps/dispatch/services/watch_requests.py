"""What became of the requests of each method, in this process."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..registry import Endpoint


def note_end(
    request: HttpRequest,
    endpoint: Endpoint,
    response: HttpResponseBase,
    error: BaseException | None,
    *,
    took_s: float,
) -> None:
    """Count the request."""
