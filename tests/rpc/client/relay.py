"""A TCP relay between a client and its server, which the tests cut and stop."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Relay:
    """Passes bytes on. ``cut`` breaks all lines; a closed relay breaks new ones, too; a silent one swallows
    what the server says.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.port = int(self._door.getsockname()[1])
        self.is_closed = False
        self.is_silent = False
        self.accepted = 0
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/"

    def cut(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self.is_closed = True
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the relay has ended
            while True:
                client, _ = self._door.accept()
                self.accepted += 1
                self._run(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self.is_closed:
                return
            with socket.create_connection(("127.0.0.1", self._server_port)) as server:
                with self._lock:
                    self._pairs.append((client, server))
                back = self._run(self._pump, server, client, lambda: not self.is_silent)
                self._pump(client, server, lambda: True)
                back.join()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, may_pass: Callable[[], bool]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if may_pass():
                    target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(port: int) -> Iterator[Relay]:
    """Run a relay to a server's port."""
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.end()
