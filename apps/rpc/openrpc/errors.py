"""The errors that calls are answered with, as the document names them."""

from __future__ import annotations

from typing import Any

from ...core.socket.protocol import ErrorCode

_SENTENCES: dict[str, tuple[ErrorCode, str]] = {
    "InvalidParams": (ErrorCode.INVALID_PARAMS, "An argument is missing, too many, or of the wrong type."),
    "CallFailed": (ErrorCode.INTERNAL_ERROR, "The call failed on the server; its log says why."),
    "Application": (ErrorCode.APPLICATION, "The object refused, and says why; it may use another code."),
    "NotFound": (ErrorCode.NOT_FOUND, "There is nothing of this name for this caller."),
    "Refused": (ErrorCode.REFUSED, "This caller may not do this."),
    "Expired": (ErrorCode.EXPIRED, "The call waited too long and was not begun."),
    "Busy": (ErrorCode.BUSY, "The server, or the process that owns the object, cannot take the call now."),
    "TimedOut": (ErrorCode.TIMED_OUT, "The call took longer than it may."),
    "Cancelled": (ErrorCode.CANCELLED, "The call was cancelled."),
}

ERRORS: dict[str, dict[str, Any]] = {
    name: {"code": int(code), "message": sentence} for name, (code, sentence) in _SENTENCES.items()
}

OF_CALLS = [
    "InvalidParams", "CallFailed", "Application", "Refused", "Expired", "Busy", "TimedOut", "Cancelled",
]  # fmt: skip
OF_PATHS = [*OF_CALLS, "NotFound"]


def references(names: list[str]) -> list[dict[str, Any]]:
    """Return what stands under a method's ``errors``."""
    return [{"$ref": f"#/components/errors/{name}"} for name in names]
