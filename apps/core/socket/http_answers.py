"""Responses that no cache keeps and no browser takes for anything but what they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from msgspec import UNSET

from .protocol import ErrorCode, RpcError, error_text

R = TypeVar("R", bound=HttpResponseBase)

JSON = "application/json"
JSON_LINES = "application/jsonl"
EVENTS = "text/event-stream"


class Refused(RpcError):
    """A request that is answered before anything of it is served: by an HTTP status, and an error as JSON.

    ``text`` is the answer's body, when it is more than the error alone.
    """

    def __init__(
        self,
        status: int,
        rpc_code: ErrorCode,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__(rpc_code, message)
        self.status = status
        self.headers = headers or {}
        self.text = text


def refused(refusal: Refused) -> HttpResponse:
    text = error_text(UNSET, refusal) if refusal.text is None else refusal.text
    response = HttpResponse(text, status=refusal.status, content_type=JSON, headers=refusal.headers)
    return _guarded(response)


def answered(text: str | None) -> HttpResponse:
    """Return the response with an answer; None: there was nothing to answer."""
    if text is None:
        return _guarded(HttpResponse(status=204))
    return _guarded(HttpResponse(text, content_type=JSON))


class Stream(StreamingHttpResponse):
    """A response that goes on; ``let_go`` is called in the loop once it is over."""

    def __init__(self, texts: AsyncIterator[str], *, content_type: str, let_go: Callable[[], None]) -> None:
        super().__init__(texts, content_type=content_type)
        loop = asyncio.get_running_loop()
        self._let_go = partial(loop.call_soon_threadsafe, let_go)  # Django closes it in a thread
        _guarded(self)
        self["X-Accel-Buffering"] = "no"  # nginx keeps what it reads otherwise, until it is a buffer full
        self["Content-Encoding"] = "identity"  # nor may GZipMiddleware, which does not flush

    def close(self) -> None:
        super().close()
        with suppress(RuntimeError):  # the loop has ended before
            self._let_go()


def _guarded(response: R) -> R:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
