"""What a method returns, as an answer of HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeVar

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString

from ..core.encoding import encode
from ..core.http.answers import JSON, TEXT
from ..core.socket.pool import in_pool
from .streams import as_bytes, is_stream, pieces_of, spare_the_loop
from .values import Html

HTML = "text/html; charset=utf-8"
R = TypeVar("R", bound=HttpResponseBase)

JSON_LINES = "application/x-ndjson"
BYTES = "application/octet-stream"
_NOTHING = object()


async def respond(value: Any, *, html: bool, item: Any = Any) -> HttpResponseBase:
    """Return the answer; ``html``: a plain str is HTML; ``item``: the type of what a generator yields, which
    counts where it yields nothing. Raises TypeError for what has no form.

    str, bytes, anything that is JSON, None (204), an answer of Django's, a generator of pieces, or a tuple
    ``(body, status)`` or ``(body, status, headers)`` of these.
    """
    if type(value) is tuple and 2 <= len(value) <= 3 and type(value[1]) is int:
        response = await respond(value[0], html=html, item=item)
        response.status_code = value[1]
        for name, text in (value[2] if len(value) == 3 else {}).items():
            response[name] = str(text)
        return response
    if isinstance(value, HttpResponseBase):
        if isinstance(value, FileResponse | StreamingHttpResponse):
            spare_the_loop(value)
        elif callable(getattr(value, "render", None)) and not getattr(value, "is_rendered", True):
            rendered: HttpResponseBase = await in_pool(value.render)  # type: ignore[attr-defined]
            return rendered
        return value
    if is_stream(value):
        return await _streamed(value, html=html, item=item)
    return _whole(value, html=html)


def _whole(value: Any, *, html: bool) -> HttpResponse:
    if isinstance(value, str):
        is_html = html or isinstance(value, Html | SafeString)
        return _with_nosniff(HttpResponse(value, content_type=HTML if is_html else TEXT))
    if isinstance(value, bytes | bytearray | memoryview):
        return _with_nosniff(HttpResponse(bytes(value), content_type=BYTES))
    if value is None:
        response = HttpResponse(status=204)
        del response["Content-Type"]
        return response
    return _with_nosniff(HttpResponse(encode(value), content_type=JSON))


async def _streamed(value: Any, *, html: bool, item: Any) -> StreamingHttpResponse:
    """The first piece is made before the answer begins: what raises at once is no answer yet."""
    pieces = pieces_of(value)
    first = await anext(pieces, _NOTHING)

    async def all_pieces() -> AsyncGenerator[Any, None]:
        async with aclosing(pieces):
            if first is not _NOTHING:
                yield first
            async for piece in pieces:
                yield piece

    kind = _media_of(item if first is _NOTHING else type(first), html=html)
    return _with_nosniff(StreamingHttpResponse(as_bytes(all_pieces()), content_type=kind))


def _media_of(piece: Any, *, html: bool) -> str:
    """Return the content type of a stream of pieces of this type; Any is text."""
    kind = str if piece is Any else piece if isinstance(piece, type) else object
    if issubclass(kind, str):
        return HTML if html or issubclass(kind, Html | SafeString) else TEXT
    return BYTES if issubclass(kind, bytes | bytearray | memoryview) else JSON_LINES


def _with_nosniff(response: R) -> R:
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
