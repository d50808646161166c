from __future__ import annotations

import random

import pytest
from websockets.frames import Frame, Opcode

from smallweb.core.websocket_frames import frame, take_texts

pytestmark = pytest.mark.once


def sent(payload: bytes, *, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    """Return a client's frame as the websockets library writes it."""
    return Frame(opcode, payload, fin).serialize(mask=True)


@pytest.mark.parametrize("text", ["", "a", "abcd", "ä€😀", "x" * 125])
def test_short_texts_are_taken(text: str) -> None:
    data = sent(text.encode())
    assert take_texts(data, most=1_000) == ([text.encode()], b"")


@pytest.mark.parametrize(
    "other",
    [
        sent(b"x" * 126),
        sent(b"x" * 70_000),
        sent(b"abc", opcode=Opcode.BINARY),
        sent(b"", opcode=Opcode.PING),
        sent(b"\x03\xe8", opcode=Opcode.CLOSE),
        sent(b"abc", fin=False),
        sent(b"\xff\xfe"),
        sent(b"abc")[:-1],
        sent(b"abc")[:3],
        b"\xc1" + sent(b"abc")[1:],
        bytes((0x81, 3)) + b"abc",
        bytes((0x91,)) + sent(b"abc")[1:],
        b"",
    ],
    ids=range(13),
)
def test_everything_else_is_left_as_it_came(other: bytes) -> None:
    assert take_texts(other, most=1_000_000) == ([], other)
    assert take_texts(sent(b"first") + other, most=1_000_000) == ([b"first"], other)


def test_what_is_over_the_limit_is_left() -> None:
    payloads, rest = take_texts(sent(b"1234") + sent(b"12345"), most=4)
    assert (payloads, len(rest)) == ([b"1234"], 11)


def test_a_stream_that_arrives_in_pieces_loses_nothing() -> None:
    chance = random.Random(3)
    for _ in range(300):
        texts = [("ä" * chance.randint(0, 80)).encode() for _ in range(chance.randint(1, 8))]
        stream = b"".join(map(sent, texts))
        cut = chance.randint(0, len(stream))
        payloads, rest = take_texts(stream[:cut], most=10_000)
        more, left = take_texts(rest + stream[cut:], most=10_000)
        short = [text for text in texts if len(text) < 126]
        if len(short) == len(texts):
            assert (payloads + more, left) == (texts, b"")
        else:
            assert payloads + more == texts[: len(payloads + more)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("binary", [False, True])
def test_a_message_of_the_server_is_one_frame(size: int, binary: bool) -> None:
    payload = b"x" * size
    opcode = Opcode.BINARY if binary else Opcode.TEXT
    assert frame(payload, binary=binary) == Frame(opcode, payload).serialize(mask=False)
