"""2,000 hostile request lines as raw bytes at a real server, 5,000 at night: only methods are reached."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tests.acceptance.running_site import RunningSite, running_site
from tests.dispatch.hostile_urls import hostile_paths

pytestmark = pytest.mark.once

COUNT = 5_000 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 2_000
# Of the tests' controllers: what the plain URL of each must reach, for the server itself to be shown right.
KNOWN = [
    "examples/probe/Open/hello", "examples/probe/Open/add", "examples/probe/Open/order",
    "examples/odd/Base/inherited", "fasthelloworld/fastHelloClass/fastHelloWorld",
    "examples/probe/Closed/hello",
]  # fmt: skip
REACHED = (200, 400, 401, 405)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningSite]:
    env = {"SMALLWEB_APPS": "smallweb_project.demo,tests.host", "SMALLWEB_WORKERS": "1"}
    with running_site(tmp_path / "data", env=env) as running:
        yield running


class Line:
    """A connection that is opened again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._file = self._open()

    def ask(self, target: bytes, method: bytes = b"GET") -> tuple[int, bytes]:
        """Send a request line as it is; return status and body."""
        self._socket.sendall(method + b" /" + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        status_line = self._file.readline()
        status = int(status_line.split()[1])
        length, is_closing = 0, False
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.lower().partition(b":")
            length = int(value) if name == b"content-length" else length
            is_closing = is_closing or (name == b"connection" and b"close" in value)
        body = self._file.read(length)
        if is_closing or status == 400:
            self.close()
            self._file = self._open()
        return status, body

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _open(self) -> socket.SocketIO:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        return self._socket.makefile("rb")  # type: ignore[return-value]


def test_only_methods_are_reached_and_nothing_fails(site: RunningSite) -> None:
    seed = random.randrange(2**32)
    line = Line(site.port)
    hits = 0
    for path in KNOWN:
        assert line.ask(path.encode())[0] in REACHED, path
    for sent in hostile_paths(KNOWN, count=COUNT, seed=seed):
        status, body = line.ask(sent.encode("utf-8", "surrogateescape").replace(b" ", b"%20"))
        where = f"{sent!r}: {status} {body[:200]!r} (seed {seed})"
        assert status < 500, where
        assert b"root:" not in body and b"SECRET_KEY" not in body and b"Traceback" not in body, where
        hits += unquote_to_bytes(sent.partition("?")[0]).decode("utf-8", "replace") in KNOWN
    assert hits < COUNT / 5
    assert line.ask(b"examples/probe/Open/hello") == (200, b"hello world!!.")
    line.close()
    assert "Traceback" not in site.log.read_text()
