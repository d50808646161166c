"""Long answers, piece by piece: read in the server's thread under WSGI, in other threads under ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

PIECE_BYTES = 256 * 2**10


class Pieces(Protocol):
    """What is sent; to close it twice, or while a piece is read, does no harm."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class AsyncPieces:
    """``Pieces`` for an ASGI server."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self.pieces)
        try:
            while piece := await asyncio.to_thread(next, pieces, b""):
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        self.pieces.close()


def stream(request: HttpRequest, pieces: Pieces, **options: Any) -> StreamingHttpResponse:
    """Return the answer that sends them, in the way of the server that has the request."""
    content = AsyncPieces(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(content, **options)


async def made_in_thread(make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return the answer that is made in a thread; it is closed when nobody waits for it any more."""
    answer = asyncio.ensure_future(asyncio.to_thread(make))
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        answer.add_done_callback(_close)
        raise


def _close(answer: asyncio.Future[HttpResponseBase]) -> None:
    if not answer.cancelled() and answer.exception() is None:
        answer.result().close()
