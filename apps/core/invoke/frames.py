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
MAX_FRAME_BYTES = 2**30
_LENGTH = struct.Struct(">I")


class PeerGone(Exception):
    """The other side has closed its end, or has died."""


class BadFrame(Exception):
    """The other side sent what is no message; nothing more can be read from it."""


class Frames(Generic[M]):
    """Send any message, receive those of type ``kind``.

    ``peer_fd`` (a pidfd) becomes readable when the peer dies: its end of the socket may be held open
    by processes that it has started.
    """

    def __init__(self, sock: socket.socket, kind: type[M], *, peer_fd: int | None = None) -> None:
        self.sock = sock
        self._peer_fd = peer_fd
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._encoder = msgspec.msgpack.Encoder()
        self._buffer = bytearray()

    def send(self, message: object) -> None:
        """Send the message whole. Raises PeerGone, and what msgspec raises for a value without a form."""
        payload = self._encoder.encode(message)
        if len(payload) > MAX_FRAME_BYTES:
            raise ValueError(f"it has {len(payload)} bytes; {MAX_FRAME_BYTES} can be sent at once")
        try:
            self.sock.sendall(_LENGTH.pack(len(payload)) + payload)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise PeerGone from error

    def receive(
        self,
        *,
        timeout_s: float | None = None,
        on_wait: Callable[[], None] | None = None,
        wait_s: float = 1.0,
    ) -> M:
        """Return the next message; call ``on_wait`` every ``wait_s`` seconds until it comes.

        Raises PeerGone, TimeoutError, BadFrame.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while (message := self._next()) is None:
            self._fill(deadline, on_wait, wait_s)
        return message

    def _next(self) -> M | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > MAX_FRAME_BYTES:
            raise BadFrame(f"a frame of {length} bytes")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        try:
            message = self._decoder.decode(self._buffer[_LENGTH.size : end])
        except msgspec.DecodeError as error:
            raise BadFrame(str(error)) from error
        del self._buffer[:end]
        return message

    def _fill(self, deadline: float | None, on_wait: Callable[[], None] | None, wait_s: float) -> None:
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            pause = left if on_wait is None else wait_s if left is None else min(wait_s, left)
            if self._wait(pause):  # what came while ``on_wait`` took its time is not late
                break
            if left == 0.0:
                raise TimeoutError
            if on_wait is not None:
                on_wait()
        try:
            chunk = self.sock.recv(2**18)
        except ConnectionResetError as error:
            raise PeerGone from error
        if not chunk:
            raise PeerGone
        self._buffer += chunk

    def _wait(self, pause_s: float | None) -> bool:
        """Return whether there is something to read. Raises PeerGone."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        if self._peer_fd is not None:
            poll.register(self._peer_fd, select.POLLIN)
        ready = {fd for fd, _event in poll.poll(None if pause_s is None else pause_s * 1000)}
        if ready == {self._peer_fd}:  # what it sent before its end is read first
            raise PeerGone
        return bool(ready)
