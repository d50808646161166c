"""What may stand between a browser and the site."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.rpc.client.relay import Relay


class NoUpgrade(Relay):
    """A proxy that lets no socket pass, and counts those that it has refused."""

    def __init__(self, port: int) -> None:
        self.refused = 0
        super().__init__(port)

    def _pump(self, source: socket.socket, target: socket.socket, may_pass: Callable[[], bool]) -> None:  # type: ignore[override]
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if b"upgrade: websocket" in data.lower():
                    self.refused += 1
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def without_upgrade(port: int) -> Iterator[NoUpgrade]:
    relay = NoUpgrade(port)
    try:
        yield relay
    finally:
        relay.end()
