"""Between a browser and its session: messages of ASGI pass through as they are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from http.cookies import Morsel
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings

from ...core import local_socket
from ..exceptions import SessionAbsent, SessionGone, SessionStuck
from ..program.wire import FramePipe, Message

KeepChanges = Callable[[Message], Awaitable[None]]

_HOLD_BYTES = 256 * 1024
_LAST_WORDS_S = 2.0
# Of one connection, not of what it carries; and what tells who the visitor is, which is the site's alone.
_OWN_HEADERS = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
     b"transfer-encoding", b"upgrade", b"authorization"}
)  # fmt: skip

_OF_HANDSHAKE = frozenset({b"connection", b"upgrade"})
"""Of a socket's beginning, where frameworks look for them."""


class Line:
    """One connection to a session. Raises SessionAbsent where nobody listens, SessionGone where it breaks."""

    def __init__(self, keep_changes: KeepChanges) -> None:
        self._keep_changes = keep_changes
        self._pipe = FramePipe(self._on_frame, self._on_end)
        self._waiting: deque[tuple[Message, bytes]] = deque()
        self._waiting_bytes = 0
        self._has_more = asyncio.Event()
        self._has_ended = False

    async def open(self, path: Path, scope: Message) -> None:
        try:
            sock = local_socket.connect(path)
        except OSError as error:
            raise SessionAbsent("This session has ended; load the page again.") from error
        await asyncio.get_running_loop().create_unix_connection(lambda: self._pipe, sock=sock)
        self._pipe.write(scope)

    def _on_frame(self, message: Message, body: bytes) -> None:
        self._waiting.append((message, body))
        self._waiting_bytes += len(body)
        if self._waiting_bytes > _HOLD_BYTES:
            self._pipe.hold()
        self._has_more.set()

    def _on_end(self) -> None:
        self._has_ended = True
        self._has_more.set()

    async def send(self, message: Message, body: bytes = b"") -> None:
        await self._pipe.send(message, body)

    async def receive_first(self, *, limit_s: float) -> tuple[Message, bytes]:
        """Return the first message; 0 seconds are any number. Raises SessionStuck where none comes."""
        try:
            async with asyncio.timeout(limit_s or None):
                return await self.receive()
        except TimeoutError as error:
            raise SessionStuck(f"The session has not answered for {limit_s:g} s; it was ended.") from error

    async def receive(self) -> tuple[Message, bytes]:
        """Return the next message of the app; changes of the shared dict are kept on the way."""
        while True:
            while not self._waiting:
                if self._has_ended:
                    raise SessionGone("The session has ended.")
                self._has_more.clear()
                await self._has_more.wait()
            message, body = self._waiting.popleft()
            self._waiting_bytes -= len(body)
            if self._waiting_bytes <= _HOLD_BYTES < self._waiting_bytes + len(body):
                self._pipe.go_on()
            if message["type"] != "smallweb.data":
                return message, body
            await self._keep_changes(message)

    def close(self) -> None:
        self._pipe.close()


def scope_for_app(
    scope: Mapping[str, Any], *, path: str, root_path: str, given: Mapping[str, Any]
) -> Message:
    """Return the scope for the session's process: the cookies of the site itself are left out."""
    return {
        "type": scope["type"],
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.get("http_version", "1.1"),
        "method": scope.get("method", "GET"),
        "scheme": scope.get("scheme", "http"),
        "path": root_path + path,
        "raw_path": _raw_path(scope, root_path + path),
        "root_path": root_path,
        "query_string": scope.get("query_string", b"").decode("latin-1"),
        "headers": _headers(scope["headers"], is_socket=scope["type"] == "websocket"),
        "client": scope.get("client"),
        "server": scope.get("server"),
        "subprotocols": list(scope.get("subprotocols", ())),
        "smallweb": dict(given),
    }


def _raw_path(scope: Mapping[str, Any], path: str) -> str:
    given = scope.get("raw_path")
    return given.decode("latin-1") if given else quote(path, safe="/~!$&'()*+,;=:@")


def _headers(headers: Any, *, is_socket: bool) -> list[list[str]]:
    csrf = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").lower().encode()
    passed = []
    for name, value in headers:
        name = name.lower()
        is_own = name in _OWN_HEADERS and not (is_socket and name in _OF_HANDSHAKE)
        if is_own or name == csrf:
            continue
        if name == b"cookie":
            value = b"; ".join(part for part in value.split(b";") if part and not _is_own(part)).strip()
            if not value:
                continue
        passed.append([name.decode("latin-1"), value.decode("latin-1")])
    return passed


def _own_cookies() -> set[str]:
    return {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}


def _is_own(cookie: bytes) -> bool:
    return cookie.partition(b"=")[0].decode("latin-1").strip() in _own_cookies()


class AppCookie(Morsel[str]):
    """A cookie as an app has written it, whatever attributes there may be."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self.name = name
        self._text = text

    def OutputString(self, attrs: Any = None) -> str:
        return self._text

    def output(self, attrs: Any = None, header: str | None = "Set-Cookie:") -> str:
        return f"{header} {self._text}"


def cookie_of_app(header: str) -> AppCookie | None:
    """Return what an app sets; None where that is the site's own cookie, or no header could say it."""
    name = header.partition(";")[0].partition("=")[0].strip()
    return None if name in _own_cookies() or not header.isascii() else AppCookie(name, header)


async def relay_socket(line: Line, receive: Any, send: Any, *, limit_s: float) -> None:
    """Pass messages both ways until either end closes; the socket's first message has been received.

    Raises SessionGone; SessionStuck where the app says nothing at all for ``limit_s``.
    """
    await line.send({"type": "websocket.connect"})
    upward = asyncio.ensure_future(_pass_up(line, receive))
    downward = asyncio.ensure_future(_pass_down(line, send, limit_s))
    try:
        await asyncio.wait((upward, downward), return_when=asyncio.FIRST_COMPLETED)
        if upward.done() and not downward.done():
            await asyncio.wait((downward,), timeout=_LAST_WORDS_S)  # what it has changed is to be kept
    finally:
        for task in (upward, downward):
            task.cancel()
        await asyncio.wait((upward, downward))
        line.close()
    has_left = not upward.cancelled() and upward.exception() is None
    for task in () if has_left else (upward, downward):
        if not task.cancelled():
            task.result()


async def _pass_up(line: Line, receive: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.receive":
            text = message.get("text")
            if text is not None:
                await line.send({"type": "websocket.receive", "is_text": True}, text.encode())
            else:
                await line.send({"type": "websocket.receive"}, message["bytes"])
        else:
            await line.send({"type": "websocket.disconnect", "code": message.get("code", 1005)})
            return


async def _pass_down(line: Line, send: Any, limit_s: float) -> None:
    message, body = await line.receive_first(limit_s=limit_s)
    while True:
        await send(_for_server(message, body))
        if message["type"] == "websocket.close":
            return
        message, body = await line.receive()


def _for_server(message: Message, body: bytes) -> Message:
    if message["type"] == "websocket.send":
        is_text = message.get("is_text")
        return {"type": "websocket.send", **({"text": body.decode()} if is_text else {"bytes": body})}
    if "headers" in message:
        return {**message, "headers": list(_accepted_headers(message["headers"]))}
    return message


def _accepted_headers(headers: list[list[str]]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers:
        if name.lower() != "set-cookie":
            yield name.encode("latin-1"), value.encode("latin-1")
            continue
        if (morsel := cookie_of_app(value)) is not None:
            yield b"set-cookie", morsel.OutputString().encode("latin-1")


async def body_pieces(line: Line, *, first: asyncio.Future[tuple[Message, bytes]]) -> AsyncIterator[bytes]:
    """Yield an answer's body, whose first piece may be here. Raises SessionGone where it breaks off."""
    try:
        message, body = await first
        while True:
            if message["type"] == "smallweb.broken":
                raise SessionGone("The app failed in the middle of its answer.")
            if body:
                yield body
            if message["type"] == "http.response.body" and not message.get("more_body"):
                return
            message, body = await line.receive()
    finally:
        first.cancel()
        line.close()
