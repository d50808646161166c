"""Messages over a stream socket: four bytes of length, then MessagePack."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

M = TypeVar("M")
_LENGTH = struct.Struct(">I")


class PeerGone(Exception):
    """The other side has closed its end."""


class Frames(Generic[M]):
    """Send any message, receive those of type ``kind``."""

    def __init__(self, sock: socket.socket, kind: type[M]) -> None:
        self.sock = sock
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._encoder = msgspec.msgpack.Encoder()
        self._buffer = bytearray()

    def send(self, message: object) -> None:
        payload = self._encoder.encode(message)
        try:
            self.sock.sendall(_LENGTH.pack(len(payload)) + payload)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise PeerGone from error

    def receive(
        self,
        *,
        timeout_s: float | None = None,
        on_wait: Callable[[], None] | None = None,
        wait_s: float = 5.0,
    ) -> M:
        """Return the next message. Raises PeerGone, TimeoutError; calls ``on_wait`` every ``wait_s`` seconds."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while (message := self._next()) is None:
            self._fill(deadline, on_wait, wait_s)
        return message

    def _next(self) -> M | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        message = self._decoder.decode(memoryview(self._buffer)[_LENGTH.size : end].tobytes())
        del self._buffer[:end]
        return message

    def _fill(self, deadline: float | None, on_wait: Callable[[], None] | None, wait_s: float) -> None:
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            pause = left if on_wait is None else wait_s if left is None else min(wait_s, left)
            if select.select([self.sock], [], [], pause)[0]:
                break
            if on_wait is not None:
                on_wait()
        try:
            chunk = self.sock.recv(2**18)
        except ConnectionResetError as error:
            raise PeerGone from error
        if not chunk:
            raise PeerGone
        self._buffer += chunk
