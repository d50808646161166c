"""A websocket client that does as little as it can: what is to be measured is the server."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import Callable
from typing import cast

Take = Callable[[bytes, "Websocket"], None]

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x81, 0x82, 0x88, 0x89, 0x8A


class Closed(Exception):
    """The server has ended a connection that the measurement needs."""


class Websocket(asyncio.Protocol):
    """Give each message to ``take``. What is sent meanwhile goes out in one write, as a busy client's would.

    The mask is zero, which is one as good as any: the server takes it off all the same (RFC 6455, 5.3).
    Messages in fragments and compressed ones are not known here; no server of these sends any.
    """

    def __init__(self, take: Take, *, is_binary: bool = False) -> None:
        self.take = take
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: Exception | None = None
        self._opcode = _BINARY if is_binary else _TEXT
        self._rest = b""
        self._held: list[bytes] | None = None
        self._is_closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._is_closing:
            self.error = Closed(f"The server closed a connection: {error or self._rest!r}")
        if not self.opened.done():
            self.opened.set_exception(self.error or Closed("closed while it was opened"))

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not self.opened.done():
            data = self._take_handshake(data)
        self._held = []
        try:
            self._rest = self._take_frames(data)
        finally:
            held, self._held = self._held, None
            if held:
                self._transport.write(b"".join(held))

    def send(self, payload: bytes) -> None:
        self._send(self._opcode, payload)

    def close(self) -> None:
        self._is_closing = True
        self._transport.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BBI", opcode, 0x80 | size, 0)
        else:
            head = struct.pack("!BBHI", opcode, 0x80 | 126, size, 0)
        if self._held is None:
            self._transport.write(head + payload)
        else:
            self._held += (head, payload)

    def _take_handshake(self, data: bytes) -> bytes:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self._rest = data
            return b""
        if head.startswith(b"HTTP/1.1 101"):
            self.opened.set_result(None)
        else:
            self.opened.set_exception(Closed(f"The handshake was answered by {head!r}"))
        return rest

    def _take_frames(self, data: bytes) -> bytes:
        at, size = 0, len(data)
        while size - at >= 2:
            length, begin = data[at + 1], at + 2
            if length == 126:
                length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            end = begin + length
            if end > size:
                break
            self._take_frame(data[at], data[begin:end])
            at = end
        return data[at:]

    def _take_frame(self, opcode: int, payload: bytes) -> None:
        if opcode in (_TEXT, _BINARY):
            self.take(payload, self)
        elif opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self.error = Closed(f"The server closed a connection with {payload!r}")
        elif opcode != _PONG:
            raise Closed(f"A frame with the opcode {opcode:#x} is not known to this client")


async def connect(port: int, path: str, take: Take, *, subprotocol: str | None = None) -> Websocket:
    """Return an open connection to this machine. Raises Closed when the server refuses it."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: Websocket(take, is_binary=subprotocol is not None), "127.0.0.1", port
    )
    key = os.urandom(16).hex()[:22]
    head = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Origin: http://127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}==",
    ]
    if subprotocol is not None:
        head.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    socket._transport.write("\r\n".join([*head, "\r\n"]).encode())
    await socket.opened
    return socket
