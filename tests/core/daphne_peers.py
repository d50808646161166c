"""The guarded Daphne of ``guarded_server``, and what its clients need."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
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


def post(path: str, length: int, *headers: str) -> bytes:
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {length}", *headers, "", ""]
    ).encode()


def chunked(path: str, *headers: str) -> bytes:
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", *headers, "", ""]
    ).encode()


def read_until(peer: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        piece = peer.recv(2**16)
        assert piece, received
        received += piece
    return received


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


class Sender(threading.Thread):
    """Sends ``pieces`` MiB to a peer that may not take them at once."""

    def __init__(self, peer: socket.socket, pieces: int) -> None:
        super().__init__(daemon=True)
        self.peer = peer
        self.pieces = pieces
        self.sent = 0
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(self.pieces):
                self.peer.sendall(b"x" * MIB)
                self.sent += 1

    def is_stuck(self) -> bool:
        return 0 < self.sent < self.pieces and is_settled(lambda: self.sent)
