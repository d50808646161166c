"""The way of a frame to its reader: by ASGI, or, past a server that is known, straight to the transport.

ASGI's ``send`` is a coroutine in a coroutine, and the server encodes the same text anew for each of its
readers; of a publication to a thousand sockets that is most of the work. What is leaned on here are
inner parts of uvicorn (its websockets-sansio protocol) and our own socket of Daphne's, which tests pin;
any other server gets its frames by ASGI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ..websocket_frames import frame

Send = Callable[[dict[str, Any]], Awaitable[None]]
Write = Callable[[bytes], bool]

_UVICORN = "uvicorn.protocols.websockets.websockets_sansio_impl"


class Line:
    """One socket's way out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._write = _direct(send)

    def write(self, text: str) -> bool:
        """Send a text at once, and return True, if the server takes it without waiting."""
        return self._write is not None and self._write(_encoded(text))

    async def send(self, text: str) -> None:
        """Send a text; returns when the server takes more."""
        await self._send({"type": "websocket.send", "text": text})


def _direct(send: Any) -> Write | None:
    protocol = getattr(send, "__self__", None)
    if type(protocol).__module__ == _UVICORN:
        return partial(_write_to_uvicorn, protocol)
    if isinstance(send, partial) and send.args:
        return getattr(send.args[0], "write_frame", None)
    return None


def _write_to_uvicorn(protocol: Any, data: bytes) -> bool:
    transport = protocol.transport
    if not protocol.writable.is_set() or protocol.close_sent or transport.is_closing():
        return False
    transport.write(data)
    return True


_last: tuple[str, bytes] = ("", frame(b"", binary=False))


def _encoded(text: str) -> bytes:
    """Return the frame of a text; that of the last one is kept, for it goes to many."""
    global _last
    known, data = _last
    if known is text:
        return data
    data = frame(text.encode(), binary=False)
    _last = (text, data)
    return data
