"""Frames of RFC 6455 in all their forms, to real servers: our short way changes nothing but what it should.

Cases in the manner of Autobahn's test suite, which needs Python 2.7. It was run by hand against an echo
behind Daphne 4.2.3 (cases 1 to 7 and 10): 4 failures without our guard (1.1.1, 1.2.1, 6.1.1, 6.1.2, for
empty messages are dropped), none with it.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import pytest

from tests.source import ROOT

pytestmark = pytest.mark.once

MORE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"
END = "the end of this case"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def f(
    opcode: int,
    payload: bytes | str = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    form: int = 0,
) -> bytes:
    """Return a frame; ``form`` 126 or 127 writes its length longer than need be."""
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data)
    bit = 128 if masked else 0
    first = (128 if fin else 0) | rsv << 4 | opcode
    if form == 127 or size >= 2**16:
        head = struct.pack("!BBQ", first, bit | 127, size)
    elif form == 126 or size > 125:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BB", first, bit | size)
    if not masked:
        return head + data
    return head + MASK + bytes(byte ^ MASK[place % 4] for place, byte in enumerate(data))


def closing(code: int, reason: bytes = b"") -> bytes:
    return f(CLOSE, struct.pack("!H", code) + reason)


class Case(NamedTuple):
    """``back``: what comes back, or may, before the server closes with ``code``, -1 for a bare end.

    The application answers for itself, so that an echo can come after a pong, or too late for an end.
    """

    sent: bytes
    back: list[tuple[int, bytes]]
    code: int | None = None


def echo(opcode: int, payload: bytes | str) -> Case:
    data = payload.encode() if isinstance(payload, str) else payload
    return Case(f(opcode, data), [(opcode, data)])


def refused(sent: bytes, code: int = 1002) -> Case:
    return Case(sent, [], code)


FORM = "Hello-µ@ßöäüàá-UTF-8!!"
CASES = {
    "empty text": echo(TEXT, ""),
    "empty binary": echo(BINARY, b""),
    **{f"text of {size}": echo(TEXT, "*" * size) for size in (1, 125, 126, 128, 65_535, 65_536, 300_000)},
    **{f"binary of {size}": echo(BINARY, b"\xfe" * size) for size in (1, 125, 126, 65_536)},
    "many texts at once": Case(f(TEXT, "a") * 500, [(TEXT, b"a")] * 500),
    "text, binary, text": Case(
        f(TEXT, "a") + f(BINARY, b"\xff") + f(TEXT, "b"), [(TEXT, b"a"), (BINARY, b"\xff"), (TEXT, b"b")]
    ),
    "ping": Case(f(PING, "p"), [(PONG, b"p")]),
    "empty ping": Case(f(PING), [(PONG, b"")]),
    "ping of 125": Case(f(PING, b"\xfe" * 125), [(PONG, b"\xfe" * 125)]),
    "ping of 126": refused(f(PING, b"\xfe" * 126)),
    "pong that nobody asked for": Case(f(PONG, "p"), []),
    "ping between texts": Case(
        f(TEXT, "a") + f(PING, "p") + f(TEXT, "b"), [(TEXT, b"a"), (PONG, b"p"), (TEXT, b"b")]
    ),
    "fragments": Case(f(TEXT, "frag", fin=False) + f(MORE, "ment"), [(TEXT, b"fragment")]),
    "empty fragments": Case(
        f(TEXT, fin=False) + f(MORE, fin=False) + f(MORE, "x"), [(TEXT, b"x")]
    ),
    "ping between fragments": Case(
        f(TEXT, "frag", fin=False) + f(PING, "p") + f(MORE, "ment"), [(PONG, b"p"), (TEXT, b"fragment")]
    ),
    "text between fragments": refused(f(TEXT, "frag", fin=False) + f(TEXT, "ment")),
    "rest without a beginning": refused(f(MORE, "rest")),
    "rest after a text": Case(f(TEXT, "a") + f(MORE, "rest"), [(TEXT, b"a")], 1002),
    "ping in fragments": refused(f(PING, "p", fin=False) + f(MORE, "q")),
    **{f"reserved bits {rsv}": refused(f(TEXT, "a", rsv=rsv)) for rsv in (1, 2, 4, 7)},
    "reserved bits after a text": Case(f(TEXT, "a") + f(TEXT, "b", rsv=4), [(TEXT, b"a")], 1002),
    **{f"opcode {opcode}": refused(f(opcode, "a")) for opcode in (3, 7, 11, 15)},
    "no mask": refused(f(TEXT, "a", masked=False)),
    "no mask after a text": Case(f(TEXT, "a") + f(TEXT, "b", masked=False), [(TEXT, b"a")], 1002),
    "length 126 for 5": refused(f(TEXT, "short", form=126)),
    "length 127 for 5": refused(f(TEXT, "short", form=127)),
    "utf-8": echo(TEXT, FORM),
    "utf-8 split within a character": Case(
        f(TEXT, FORM.encode()[:7], fin=False) + f(MORE, FORM.encode()[7:]), [(TEXT, FORM.encode())]
    ),
    "no utf-8": refused(f(TEXT, b"\xce\xba\xe1\xbd\xb9\xff"), 1007),
    "no utf-8 after a text": Case(f(TEXT, "a") + f(TEXT, b"\xff"), [(TEXT, b"a")], 1007),
    "half a character": refused(f(TEXT, b"\xce\xba\xe1"), 1007),
    "a surrogate": refused(f(TEXT, b"\xed\xa0\x80"), 1007),
    "beyond unicode": refused(f(TEXT, b"\xf4\x90\x80\x80"), 1007),
    "an overlong slash": refused(f(TEXT, b"\xc0\xaf"), 1007),
    "no utf-8 in the second fragment": refused(f(TEXT, "a", fin=False) + f(MORE, b"\xff"), 1007),
    "NUL and the last character": echo(TEXT, "\x00\U0010ffff"),
    "close": Case(closing(1000), [], 1000),
    "close with a reason": Case(closing(3000, b"bye"), [], 1000),
    "close without a code": Case(f(CLOSE), [], 1000),
    "close after a text": Case(f(TEXT, "a") + closing(1000), [(TEXT, b"a")], 1000),
    "text after close": Case(closing(1000) + f(TEXT, "late"), [], 1000),
    "close with half a code": refused(f(CLOSE, b"\x03"), -1),
    "close with too long a reason": refused(closing(1000, b"x" * 124), -1),
    "close with no utf-8": refused(closing(1000, b"\xff"), -1),
    **{f"close with {code}": refused(closing(code), -1) for code in (0, 999, 1004, 1005, 1006, 1016, 2999)},
    "too large": refused(f(TEXT, "x" * (2**20 + 2_000)), 1009),
}  # fmt: skip
# Daphne drops empty messages, and ends the line where we say why.
DROPPED_BY_DAPHNE = ("empty text", "empty binary")
UNLIMITED_IN_DAPHNE = ("too large",)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(_served(kind)) for kind in ("plain", "guarded")}


@contextmanager
def _served(kind: str) -> Iterator[int]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
    command = [sys.executable, "-m", "tests.core.echo_server", kind]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout
        yield int(process.stdout.readline())
        process.kill()


def outcome(port: int, sent: bytes, *, piece: int) -> tuple[list[tuple[int, bytes]], int | None]:
    """Send a case in pieces of this size; return what came back, and the code if the server closed.

    The code is -1 where it closed without one, None where it went on to the end.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(UPGRADE)
        reader = line.makefile("rb")
        while reader.readline() not in (b"\r\n", b""):
            pass
        try:
            for start in range(0, len(sent), piece):
                line.sendall(sent[start : start + piece])
            line.sendall(f(TEXT, END))
        except ConnectionError:
            pass
        return _read(reader)


def is_expected(found: list[tuple[int, bytes]], back: list[tuple[int, bytes]], code: int | None) -> bool:
    if PONG in dict(back):
        return sorted(found) == sorted(back)
    return found == back or (code is not None and found == back[: len(found)])


def _read(reader: object) -> tuple[list[tuple[int, bytes]], int | None]:
    back: list[tuple[int, bytes]] = []
    while (message := _read_frame(reader)) is not None:
        opcode, payload = message
        if opcode == CLOSE:
            return back, struct.unpack("!H", payload[:2])[0] if payload else 0
        if message == (TEXT, END.encode()):
            return back, None
        back.append(message)
    return back, -1


def _read_frame(reader: object) -> tuple[int, bytes] | None:
    read = reader.read  # type: ignore[attr-defined]
    try:
        head = read(2)
        if len(head) < 2:
            return None
        size = head[1]
        if size == 126:
            (size,) = struct.unpack("!H", read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", read(8))
        return head[0] & 15, read(size)
    except ConnectionError:
        return None


@pytest.mark.parametrize("name", CASES)
def test_the_guarded_socket_does_what_the_specification_says(ports: dict[str, int], name: str) -> None:
    sent, back, code = CASES[name]
    pieces = [len(sent), 1_000 if len(sent) > 1_000 else 1, 7_919 if len(sent) > 1_000 else 3]
    for piece in pieces:
        found, found_code = outcome(ports["guarded"], sent, piece=piece)
        assert is_expected(found, back, code), piece
        assert found_code == code, piece


@pytest.mark.parametrize("name", [name for name in CASES if name not in UNLIMITED_IN_DAPHNE])
def test_plain_daphne_does_the_same_where_it_does_well(ports: dict[str, int], name: str) -> None:
    sent, back, code = CASES[name]
    found, found_code = outcome(ports["plain"], sent, piece=len(sent))
    assert is_expected(found, [] if name in DROPPED_BY_DAPHNE else back, code)
    assert found_code in (code, -1 if code is not None else None)
