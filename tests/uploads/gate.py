"""A relay that counts what goes to the server, and holds it back after so many bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.rpc.client.relay import Relay
from tests.waiting import wait_for

_MUCH = 1 << 60
_PIECE_BYTES = 16 * 1024


class Gate(Relay):
    """``sent`` counts bytes to the server, headers with them; ``hold(n)`` lets n more pass, ``open`` all."""

    def __init__(self, port: int) -> None:
        self.sent = 0
        self._limit = _MUCH
        self._turn = threading.Condition()
        super().__init__(port)

    def hold(self, after: int = 0) -> None:
        with self._turn:
            self._limit = self.sent + after

    def open(self) -> None:
        with self._turn:
            self._limit = _MUCH
            self._turn.notify_all()

    def wait_until_held(self) -> None:
        wait_for(lambda: self.sent >= self._limit, limit_s=20, what=f"{self._limit} bytes, {self.sent} came")

    def end(self) -> None:
        self.open()
        super().end()

    def _pump(self, source: socket.socket, target: socket.socket, may_pass: Callable[[], bool]) -> None:  # type: ignore[override]
        if target.getpeername()[1] != self._server_port:
            return Relay._pump(source, target, may_pass)
        with suppress(OSError):
            while data := source.recv(_PIECE_BYTES):
                self._count(len(data))
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return None

    def _count(self, size: int) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self.sent < self._limit)
            self.sent += size


@contextmanager
def gated(port: int) -> Iterator[Gate]:
    gate = Gate(port)
    try:
        yield gate
    finally:
        gate.end()
