"""One ASGI connection of a session: a web process is at its other end.

The first frame is the scope; each later one is a message of ASGI, its ``body``, ``text`` or ``bytes`` as the
bytes of the frame.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .wire import FramePipe, Message

if TYPE_CHECKING:
    from .session import Session

_HOLD_BYTES = 256 * 1024
_PIECE_BYTES = 256 * 1024
_GONE: dict[str, dict[str, Any]] = {
    "http": {"type": "http.disconnect"},
    "websocket": {"type": "websocket.disconnect", "code": 1006},
}


class Connection:
    """Runs the session's app for one request or socket."""

    def __init__(self, session: Session) -> None:
        self.pipe = FramePipe(self._on_frame, self._on_end, check_peer=True)
        self._session = session
        self._kind = ""
        self._task: asyncio.Task[None] | None = None
        self._waiting: deque[tuple[Message, int]] = deque()
        self._waiting_bytes = 0
        self._has_more = asyncio.Event()
        self._is_gone = False
        self._is_over = False
        self._interaction = 0
        self._has_body = False
        self._has_begun = False
        self._has_ended = False

    def _on_frame(self, message: Message, body: bytes) -> None:
        if self._task is None:
            self._task = asyncio.ensure_future(self._run(self._scope_of(message)))
            return
        if self._is_over:
            return
        self._waiting.append((_received(message, body), len(body)))
        self._waiting_bytes += len(body)
        if self._waiting_bytes > _HOLD_BYTES:
            self.pipe.hold()
        self._has_more.set()

    def _on_end(self) -> None:
        self._is_gone = True
        self._has_more.set()
        if self._task is None:
            self._session.forget(self)

    def _scope_of(self, scope: Message) -> dict[str, Any]:
        self._kind = scope["type"]
        scope["headers"] = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in scope["headers"]
        ]
        for name in ("query_string", "raw_path"):
            scope[name] = scope[name].encode("latin-1")
        for name in ("client", "server"):
            scope[name] = tuple(scope[name]) if scope.get(name) else None
        scope.update(
            session=self._session.data,
            user=self._session.user,
            state=dict(self._session.state),
            extensions={},
        )
        return scope

    async def _run(self, scope: dict[str, Any]) -> None:
        counts = self._session.counts_interactions
        self._session.activity.add_tabs(counts)
        if self._kind == "http":
            self._begin()
        try:
            await self._session.app(scope, self._receive, self._send)
            if self._kind == "http" and not self._has_ended and not self._is_gone:
                raise RuntimeError("The app returned before its answer had ended.")
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._fail(error)
        finally:
            self._finish()
            self._session.activity.add_tabs(-counts)
            self._session.forget(self)
            self._session.keep_changes(None if self._is_gone or self._has_ended else self.pipe)
            self._leave()

    def _leave(self) -> None:
        """Let the web process end the line when it has read the last word: what it still writes into one that
        is closed would cost it what it has not read.
        """
        self._is_over = True
        self._waiting.clear()
        self.pipe.go_on()
        if self._kind == "websocket" and not self._has_ended:
            self.pipe.close()

    def _fail(self, error: Exception) -> None:
        traceback.print_exc()
        self._session.report("".join(traceback.format_exception_only(type(error), error)).strip())
        if self._is_gone or self._has_ended:
            return
        if self._kind == "websocket":
            self.pipe.write({"type": "websocket.close", "code": 1011})
        elif not self._has_begun:
            text = traceback.format_exc() if self._session.start.get("debug") else "The app failed.\n"
            headers = [["content-type", "text/plain; charset=utf-8"]]
            self.pipe.write({"type": "http.response.start", "status": 500, "headers": headers})
            self.pipe.write({"type": "http.response.body"}, text.encode())
        else:
            self.pipe.write({"type": "smallweb.broken"})

    async def _receive(self) -> dict[str, Any]:
        if self._kind == "websocket" or not self._has_body:
            self._finish()  # it waits for its client now; whoever waits for the next has done with the last
        while not self._waiting:
            if self._is_gone:
                return dict(_GONE[self._kind])
            self._has_more.clear()
            await self._has_more.wait()
        message, size = self._waiting.popleft()
        self._waiting_bytes -= size
        if self._waiting_bytes <= _HOLD_BYTES < self._waiting_bytes + size:
            self.pipe.go_on()
        if message["type"] == "http.request":
            self._has_body = not message["more_body"]
            self._begin()
        elif message["type"] == "websocket.receive":
            self._begin()
        return message

    async def _send(self, message: dict[str, Any]) -> None:
        if self._is_gone:
            return
        kind = message["type"]
        if kind == "http.response.start":
            self._finish()
        if kind != "websocket.accept":
            self._has_begun = True
            self._session.keep_changes(self.pipe)
        self._has_ended = kind == "websocket.close" or (
            kind == "http.response.body" and not message.get("more_body", False)
        )
        for frame in _sent(message):
            await self.pipe.send(*frame)

    def _begin(self) -> None:
        is_answering = self._kind == "http" and self._has_begun
        if self._session.counts_interactions and not self._interaction and not is_answering:
            self._interaction = self._session.activity.begin()

    def _finish(self) -> None:
        if self._interaction:
            self._session.activity.end(self._interaction)
            self._interaction = 0

    async def end(self) -> None:
        """Tell the app that its client is gone, and wait for it."""
        if self._kind == "websocket" and not self._has_ended:
            self.pipe.write({"type": "websocket.close", "code": 1012})
        self._is_gone = True
        self._has_more.set()
        if self._task is not None:
            await asyncio.wait([self._task])
        self.pipe.close()


def _received(message: Message, body: bytes) -> Message:
    if message["type"] == "http.request":
        return {"more_body": False, **message, "body": body}
    if message["type"] != "websocket.receive":
        return message
    if message.get("is_text"):
        return {"type": "websocket.receive", "text": body.decode()}
    return {"type": "websocket.receive", "bytes": body}


def _sent(message: dict[str, Any]) -> Iterator[tuple[Message, bytes]]:
    kind = message["type"]
    if kind == "http.response.body":
        yield from _pieces(bytes(message.get("body", b"")), more=message.get("more_body", False))
    elif kind == "websocket.send":
        text = message.get("text")
        body = bytes(message["bytes"]) if text is None else text.encode()
        yield {"type": kind, "is_text": text is not None}, body
    elif "headers" in message:
        headers = [[_text(name), _text(value)] for name, value in message["headers"]]
        yield {**message, "headers": headers}, b""
    else:
        yield message, b""


def _pieces(body: bytes, *, more: bool) -> Iterator[tuple[Message, bytes]]:
    """Yield a body in frames that a slow client can be made to wait for."""
    for start in range(0, len(body) or 1, _PIECE_BYTES):
        is_last = start + _PIECE_BYTES >= len(body)
        piece = body[start : start + _PIECE_BYTES]
        yield {"type": "http.response.body", "more_body": more or not is_last}, piece


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode("latin-1")
