"""A call in this process, through the view that requests of browsers go through."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import msgspec
from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ...core.http.answers import JSON
from ..registry import Endpoint
from ..views import dispatch
from .console_request import ConsoleRequest

MAX_BYTES = 20_000
STREAM_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``body`` is the beginning of it, ``is_cut``: there was more."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    is_cut: bool
    took_s: float

    @property
    def is_error(self) -> bool:
        return self.status >= 400

    @property
    def refusal(self) -> dict[str, Any]:
        """What an error says of itself; empty for one that is a text."""
        told = self._json() if self.is_error else None
        return told if isinstance(told, dict) else {}

    @property
    def text(self) -> str:
        """The body as people read it."""
        kind = dict(self.headers).get("Content-Type", "")
        if kind.startswith(JSON) and not self.is_cut:
            return msgspec.json.format(self.body, indent=2).decode()
        if not (kind.startswith("text/") or "json" in kind or "xml" in kind):
            return _("%(count)d bytes of %(kind)s") % {"count": len(self.body), "kind": kind} if kind else ""
        return self.body.decode("utf-8", "replace")

    def _json(self) -> Any:
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


def call_as(request: ConsoleRequest, endpoint: Endpoint) -> Answer:
    """Have the view answer and read the beginning of that. Blocks for as long as the method may take, and
    STREAM_S for a stream.
    """
    return async_to_sync(_ask)(request, endpoint)


async def _ask(request: ConsoleRequest, endpoint: Endpoint) -> Answer:
    began_at = time.monotonic()
    response = await dispatch(request, endpoint)
    try:
        body, is_cut = await _beginning(response)
    finally:
        closers: Any = vars(response)["_resource_closers"]
        for close in closers:  # close() would say that the admin's request is over
            close()
    return Answer(
        status=response.status_code,
        reason=response.reason_phrase,
        headers=list(response.items()),
        body=body,
        is_cut=is_cut,
        took_s=time.monotonic() - began_at,
    )


async def _beginning(response: HttpResponseBase) -> tuple[bytes, bool]:
    if isinstance(response, HttpResponse):
        return response.content[:MAX_BYTES], len(response.content) > MAX_BYTES
    assert isinstance(response, StreamingHttpResponse)
    read = bytearray()
    try:
        async with asyncio.timeout(STREAM_S):
            async for piece in response:
                read += piece
                if len(read) > MAX_BYTES:
                    break
            else:
                return bytes(read), False
    except TimeoutError:
        pass
    return bytes(read[:MAX_BYTES]), True
