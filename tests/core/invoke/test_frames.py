from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from smallweb.core.invoke import frames as frames_module
from smallweb.core.invoke.frames import BadFrame, Frames, PeerGone
from tests.waiting import wait_for

Pair = tuple[Frames[list[int]], Frames[list[int]]]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Frames(ours, list[int]), Frames(theirs, list[int])


def test_messages_arrive_whole_and_in_order(pair: Pair) -> None:
    left, right = pair
    large = list(range(300_000))
    sender = threading.Thread(target=lambda: list(map(left.send, ([1], large, [2]))))
    sender.start()
    assert [right.receive() for _ in range(3)] == [[1], large, [2]]
    sender.join()


def test_waiting_has_an_end(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        pair[0].receive(timeout_s=0.02)


def test_the_waiting_side_is_heard_again_and_again(pair: Pair) -> None:
    heard: list[int] = []
    with pytest.raises(TimeoutError):
        pair[0].receive(timeout_s=0.1, on_wait=lambda: heard.append(1), wait_s=0.01)
    assert len(heard) > 2


def test_a_closed_line_is_told_to_both_sides(pair: Pair) -> None:
    left, right = pair
    right.sock.close()
    with pytest.raises(PeerGone):
        left.receive()
    with pytest.raises(PeerGone):
        left.send([1])


@pytest.mark.parametrize("payload", [b"\xc1", b"\xa4nope", b""])
def test_what_is_no_message_of_this_kind_is_refused(pair: Pair, payload: bytes) -> None:
    pair[0].sock.send(struct.pack(">I", len(payload)) + payload)
    with pytest.raises(BadFrame):
        pair[1].receive()


def test_a_length_beyond_reason_is_refused_before_anything_is_kept(pair: Pair) -> None:
    pair[0].sock.send(b"\xff\xff\xff\xff")
    with pytest.raises(BadFrame, match="4294967295 bytes"):
        pair[1].receive()


def test_a_message_that_is_too_long_is_not_sent(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_module, "MAX_FRAME_BYTES", 10)
    with pytest.raises(ValueError, match="10 can be sent at once"):
        pair[0].send(list(range(20)))


def test_a_message_that_came_while_the_waiting_side_was_busy_is_not_late(pair: Pair) -> None:
    def be_busy() -> None:
        pair[0].send([7])
        wait_for(lambda: time.monotonic() > deadline)

    deadline = time.monotonic() + 0.1
    assert pair[1].receive(timeout_s=0.1, on_wait=be_busy, wait_s=0.01) == [7]
