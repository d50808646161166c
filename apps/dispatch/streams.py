"""Answers that are sent piece by piece, without holding the event loop or the whole answer in memory."""

from __future__ import annotations

import asyncio
import inspect
import logging
import mimetypes
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from django.db import connections
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from ..core.encoding import encode
from ..core.exceptions import CallFailed
from ..core.http.refusal import Refusal

logger = logging.getLogger(__name__)

PIECE_BYTES = 64 * 2**10
MAX_STREAMS = 64
_END = object()
_places = threading.Semaphore(MAX_STREAMS)


def is_stream(value: Any) -> bool:
    return inspect.isgenerator(value) or inspect.isasyncgen(value)


def pieces_of(source: Any) -> AsyncGenerator[Any, None]:
    """Return what a generator of either kind yields."""
    if inspect.isasyncgen(source):
        return source  # type: ignore[return-value]  # of whatever
    return _in_a_thread(source)


async def as_bytes(pieces: AsyncIterator[Any]) -> AsyncGenerator[bytes, None]:
    """Encode texts; what is neither text nor bytes becomes a line of JSON."""
    try:
        async for piece in pieces:
            if isinstance(piece, bytes | bytearray | memoryview):
                yield bytes(piece)
            elif isinstance(piece, str):
                yield piece.encode("utf-8", "replace")
            else:
                yield encode(piece) + b"\n"
    finally:
        with suppress(AttributeError):
            await pieces.aclose()  # type: ignore[attr-defined]


async def _in_a_thread(source: Generator[Any, None, None]) -> AsyncGenerator[Any, None]:
    """Run the generator in a thread of its own, from its first piece to its end: cursors of databases live
    in one. Raises Refusal 503 when too many are running; those whose reader has left count until they end.
    """
    if not _places.acquire(blocking=False):
        raise Refusal(503, "busy", "Too many answers are being streamed; come again.")
    loop = asyncio.get_running_loop()
    wanted: SimpleQueue[asyncio.Future[Any] | None] = SimpleQueue()
    threading.Thread(target=_serve, args=(source, wanted, loop), name="smallweb-stream", daemon=True).start()
    try:
        while True:
            future: asyncio.Future[Any] = loop.create_future()
            wanted.put(future)
            piece = await future
            if piece is _END:
                return
            yield piece
    finally:
        wanted.put(None)


def _serve(
    source: Generator[Any, None, None], wanted: SimpleQueue[Any], loop: asyncio.AbstractEventLoop
) -> None:
    try:
        while (future := wanted.get()) is not None:
            try:
                outcome: tuple[Any, BaseException | None] = (next(source, _END), None)
            except BaseException as error:  # whatever it is, the reader has to know
                outcome = None, error
            loop.call_soon_threadsafe(_settle, future, *outcome)
    except RuntimeError:
        logger.debug("the server ended while an answer was being streamed")
    finally:
        try:
            source.close()
        finally:
            connections.close_all()
            _places.release()


def _settle(future: asyncio.Future[Any], piece: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(piece)
    else:
        future.set_exception(error if isinstance(error, Exception) else CallFailed(repr(error)))


def template_stream(
    template: str, context: Mapping[str, Any], request: HttpRequest | None
) -> StreamingHttpResponse:
    """Answer with a template, node by node."""
    from django.template import loader
    from django.template.context import make_context

    found: Any = loader.get_template(template)
    inner = getattr(found, "template", found)
    if not hasattr(inner, "nodelist"):  # Jinja2
        return StreamingHttpResponse(_in_a_thread(iter_of(lambda: inner.generate(context))))

    def pieces() -> Iterator[str]:
        made = make_context(dict(context), request, autoescape=found.backend.engine.autoescape)
        with made.render_context.push_state(inner), made.bind_template(inner):
            for node in inner.nodelist:
                yield node.render_annotated(made)

    return StreamingHttpResponse(as_bytes(_in_a_thread(iter_of(pieces))))


def iter_of(make: Callable[[], Iterator[Any]]) -> Generator[Any, None, None]:
    """Return a generator that begins ``make`` in the thread that first asks for a piece."""
    yield from make()


def file_stream(path: Any, *, name: str, as_attachment: bool) -> StreamingHttpResponse:
    """Answer with a file, opened at the first piece. Raises FileNotFoundError, IsADirectoryError."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; a file is wanted.")
    size_bytes = path.stat().st_size
    shown = name or path.name
    kind = mimetypes.guess_type(shown)[0] or "application/octet-stream"

    def pieces() -> Iterator[bytes]:
        left = size_bytes
        with path.open("rb") as file:
            while left and (piece := file.read(min(PIECE_BYTES, left))):
                left -= len(piece)
                yield piece

    response = StreamingHttpResponse(as_bytes(_in_a_thread(iter_of(pieces))), content_type=kind)
    response["Content-Length"] = str(size_bytes)
    response["Content-Disposition"] = content_disposition_header(as_attachment, shown) or "inline"
    return response


def spare_the_loop(response: FileResponse | StreamingHttpResponse) -> None:
    """Have the pieces of a Django answer made in our threads: Django would make them all before the first."""
    if not response.is_async:
        response.streaming_content = as_bytes(_in_a_thread(iter_of(lambda: iter(response))))
