"""The protocols of resumable uploads: headers in, plain values out, and back."""

from __future__ import annotations

from django.http import HttpRequest

from . import ietf, tus


def is_resumable(request: HttpRequest) -> bool:
    """Whether the request begins a resumable upload, by tus or by the draft of the IETF."""
    return request.method in ("POST", "PUT") and (
        tus.is_meant(request.headers) or ietf.is_meant(request.headers)
    )
