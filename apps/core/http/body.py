"""Bodies of requests, piece by piece: for views that take what is too large to be gathered first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from django.http import HttpRequest, QueryDict
from django.http.request import RawPostDataException, UnreadablePostError
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict

from ..socket.pool import in_pool

V = TypeVar("V", bound=Callable[..., Any])
Receive = Callable[[], Awaitable[Any]]

PIECE_BYTES = 256 * 2**10
_MARK = "smallweb_streams_body"
_BODY = "smallweb_body"
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ClientGone(Exception):
    """The client went away in the middle of a body."""


def streams_body(view: V) -> V:
    """Mark an asynchronous view that takes its body by ``body_of``, and keeps a limit of its own.

    It must be exempt from Django's CSRF middleware, which would look for a form.
    """
    setattr(view, _MARK, True)
    return view


def wants_stream(scope: dict[str, Any], path: str) -> bool:
    """Whether the view behind this path takes the body by itself."""
    if scope["method"] in _WITHOUT_BODY:
        return False
    try:
        return hasattr(resolve(path).func, _MARK)
    except Resolver404:
        return False


class StreamedBody:
    """The body as it comes from the server, once."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what comes. Raises ClientGone."""
        while not self._ended.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._ended.set()
                raise ClientGone
            if not message.get("more_body", False):
                self._ended.set()
            if piece := message.get("body", b""):
                yield piece

    async def until_gone(self) -> None:
        """Return when the client goes away after its body has come."""
        await self._ended.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class GatheredBody:
    """The body that a handler of Django's has gathered."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces. Raises ClientGone."""
        while piece := await in_pool(self._read):
            yield piece

    def _read(self) -> bytes:
        try:
            return self._request.read(PIECE_BYTES)
        except (UnreadablePostError, RawPostDataException) as error:
            raise ClientGone from error


def give_body(request: HttpRequest, body: StreamedBody | GatheredBody) -> None:
    """Let ``body_of(request)`` be this one."""
    setattr(request, _BODY, body)
    request._post, request._files = QueryDict(), MultiValueDict()  # type: ignore[attr-defined]


def body_of(request: HttpRequest) -> StreamedBody | GatheredBody:
    """Return the body, to be iterated once; Django finds no form in the request from then on."""
    body: StreamedBody | GatheredBody | None = getattr(request, _BODY, None)
    if body is None:
        body = GatheredBody(request)
        give_body(request, body)
    return body


class LimitedReceive:
    """``receive`` that ends what goes on after so many bytes, as if the client had gone."""

    def __init__(self, receive: Receive, *, most_bytes: int) -> None:
        self.is_passed = False
        self._receive = receive
        self._left_bytes = most_bytes

    async def __call__(self) -> Any:
        message = await self._receive()
        self._left_bytes -= len(message.get("body", b""))
        if self._left_bytes >= 0:
            return message
        self.is_passed = True
        return {"type": "http.disconnect"}


def declared_bytes(scope: dict[str, Any]) -> int:
    """Return what Content-Length says; 0 where it says nothing that could be understood."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
