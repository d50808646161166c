"""Django's handler of requests, which takes a thread only where something waits."""

from __future__ import annotations

import asyncio
import functools
import io
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import IO, Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.cache import close_caches
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.dispatch import Signal
from django.http.response import HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.urls import set_script_prefix

from ..conf import core_settings
from .body import LimitedReceive, StreamedBody, declared_bytes, give_body, wants_stream
from .middleware import on_the_loop

Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Gone = Callable[[], Coroutine[Any, Any, None]]

MAX_TYPE_BYTES = 1024
"""Of the header Content-Type."""

_OF_THREADS = frozenset({reset_queries, close_old_connections, close_caches, reset_urlconf})
"""Receivers that tidy up in the thread they are called in: there is nothing to tidy where none was used."""


class HttpHandler(ASGIHandler):
    """Serves what ``django.core.asgi.get_asgi_application()`` serves, in the same way.

    That one takes a new thread for each request and passes it a dozen times, though no database is asked;
    this one does so for what may wait: views that are not asynchronous, middleware of others, sessions that
    are saved, and receivers of Django's two signals of requests that are not its own.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        named = settings.MIDDLEWARE
        settings.MIDDLEWARE = on_the_loop(named)
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = named

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This serves HTTP, and was asked for {scope['type']!r}.")
        async with ThreadSensitiveContext() as context:
            await self._serve(scope, receive, send, context)

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send, context: object) -> None:
        prefix = get_script_prefix(scope)
        set_script_prefix(prefix)
        if wants_stream(scope, scope["path"].removeprefix(prefix)):
            stream = StreamedBody(receive)
            await self._handle(scope, io.BytesIO(), send, context, stream, gone=stream.until_gone)
            return
        body = await self._gather(scope, receive, send)
        if body is not None:
            gone = functools.partial(self.listen_for_disconnect, receive)
            await self._handle(scope, body, send, context, None, gone=gone)

    async def _gather(self, scope: dict[str, Any], receive: Receive, send: Send) -> IO[bytes] | None:
        """Return the whole body; None for a client that went away, or was sent away: at once where the length
        is told.
        """
        most_bytes = core_settings().max_body_bytes
        some = LimitedReceive(receive, most_bytes=most_bytes)
        if declared_bytes(scope) <= most_bytes:
            with suppress(RequestAborted):
                body: IO[bytes] = await self.read_body(some)
                return body
            if not some.is_passed:
                return None
        await self.send_response(_too_large(most_bytes), send)
        return None

    async def _handle(
        self,
        scope: dict[str, Any],
        body: IO[bytes],
        send: Send,
        context: object,
        stream: StreamedBody | None,
        *,
        gone: Gone,
    ) -> None:
        made: list[HttpResponseBase] = []
        try:
            if _has_others(request_started):
                await request_started.asend(sender=self.__class__, scope=scope)
            request, refusal = self._request_of(scope, body)
            if refusal is not None:
                made.append(refusal)
                await self.send_response(refusal, send)
            else:
                if stream is not None:
                    give_body(request, stream)
                await self._answer_unless_gone(request, send, made, gone=gone)
        finally:
            await self._finish(made, context)
            body.close()

    def _request_of(self, scope: dict[str, Any], body: IO[bytes]) -> tuple[Any, HttpResponseBase | None]:
        """Return the request, or the answer to one that Django cannot read."""
        if any(name == b"content-type" and len(value) > MAX_TYPE_BYTES for name, value in scope["headers"]):
            return (
                None,
                HttpResponseBadRequest(),
            )  # Django takes it apart in a time that grows with its square
        try:
            return self.create_request(scope, body)
        except (LookupError, ValueError):  # a charset that nobody knows
            return None, HttpResponseBadRequest()

    async def _answer_unless_gone(
        self, request: Any, send: Send, made: list[HttpResponseBase], *, gone: Gone
    ) -> None:
        """Put the answer into ``made`` and send it; it is cancelled when the client goes away."""

        async def answer() -> None:
            made.append(await self.run_get_response(request))
            await self.send_response(made[0], send)

        answering = asyncio.ensure_future(answer())
        leaving = asyncio.ensure_future(gone())
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (leaving, answering):
                await _end(task)
        for task in (leaving, answering):
            if not task.cancelled():
                with suppress(RequestAborted):
                    task.result()

    async def _finish(self, made: list[HttpResponseBase], context: object) -> None:
        """Close the answer, in the thread of the request where it has had one."""
        if not made:  # the client had gone before
            await request_finished.asend(sender=self.__class__)
            return
        (response,) = made
        if (
            response.streaming
            or context in SyncToAsync.context_to_thread_executor
            or _has_others(request_finished)
        ):
            await sync_to_async(response.close, thread_sensitive=True)()
        else:
            response.close()


def _too_large(most_bytes: int) -> HttpResponse:
    text = f"The body is larger than the {most_bytes} bytes that this server takes.\n"
    return HttpResponse(text, status=413, content_type="text/plain; charset=utf-8")


def _has_others(signal: Signal) -> bool:
    """Whether anybody but Django's own housekeeping wants to be told."""
    at_once, later = signal._live_receivers(HttpHandler)
    return bool(later) or not _OF_THREADS.issuperset(at_once)


async def _end(task: asyncio.Future[None]) -> None:
    """Cancel what still runs, and wait for its end; what ended by itself keeps its outcome."""
    if task.done():
        return
    task.cancel()
    await asyncio.wait((task,))
