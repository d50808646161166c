"""The guarded Daphne of ``guarded_server``, and what its clients need."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.source import ROOT

MIB = 2**20


@dataclass
class Server:
    port: int
    process: psutil.Process

    def get(self, path: str) -> str:
        connection = self.connection()
        connection.request("GET", path)
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def rss(self) -> int:
        return int(self.process.memory_info().rss)

    def peers(self) -> int:
        return sum(found.status == psutil.CONN_ESTABLISHED for found in self.process.net_connections())


@contextlib.contextmanager
def serving(log: Path, *options: str) -> Iterator[Server]:
    """Serve with these options of ``guarded_server``."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
    command = [sys.executable, "-m", "tests.core.guarded_server", *options]
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
        ) as process,
    ):  # fmt: skip
        assert process.stdin and process.stdout
        line = process.stdout.readline()
        assert line, log.read_text()
        server = Server(port=int(line), process=psutil.Process(process.pid))
        yield server
        process.stdin.close()
        process.wait(10)


def send_all(peer: socket.socket, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        peer.sendall(data)


def read_all(peer: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := peer.recv(2**16):
            received += piece
    return received


def is_settled(value: Callable[[], int]) -> bool:
    """Say whether the value stays the same for half a second."""
    looks = []
    for _ in range(10):
        looks.append(value())
        time.sleep(0.05)
    return len(set(looks)) == 1
