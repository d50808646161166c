"""Frames on a stream."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from typing import Any

import pytest

from smallweb.sessions.program.wire import BadFrame, FramePipe, Unpacker, pack, read_frame

pytestmark = pytest.mark.once

FRAMES: list[tuple[dict[str, Any], bytes]] = [
    ({"a": 1}, b""),
    ({"text": "é\ud800 "}, b"\x00\xff" * 5),
    ({}, b"x" * 70_000),
]


@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(step: int) -> None:
    stream = b"".join(pack(*frame) for frame in FRAMES)
    unpacker = Unpacker()
    found = [
        frame
        for start in range(0, len(stream), step)
        for frame in unpacker.feed(stream[start : start + step])
    ]
    assert found == FRAMES


@pytest.mark.parametrize(
    "stream",
    [b"\xff" * 8, b"\0\0\0\3\0\0\0\0{a}", b"\0\0\0\2\0\0\0\0[]", b"\0\0\0\2\0\0\0\0\xff\xff"],
    ids=["too large", "no JSON", "no object", "no UTF-8"],
)
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Unpacker().feed(stream))
    with pytest.raises((BadFrame, EOFError)):
        _read_from(stream)


def _read_from(stream: bytes) -> Any:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.sendall(stream)
        theirs.shutdown(socket.SHUT_WR)
        return read_frame(ours)


def test_a_frame_is_read_whole_and_an_end_in_it_is_told() -> None:
    assert _read_from(pack({"a": 1}, b"body")) == ({"a": 1}, b"body")
    with pytest.raises(EOFError):
        _read_from(pack({"a": 1}, b"body")[:-1])


def test_what_json_cannot_say_is_not_sent() -> None:
    with pytest.raises(TypeError):
        pack({"a": {1}})


class Pipes:
    """Two ends of a stream, and what came out of the second."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.ends = 0
        self.first = FramePipe(lambda *_: None, self._end)
        self.second = FramePipe(lambda message, body: self.heard.append((message, body)), self._end)

    def _end(self) -> None:
        self.ends += 1

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for pipe, sock in zip((self.first, self.second), socket.socketpair(), strict=True):
            sock.setblocking(False)
            await loop.create_unix_connection(lambda pipe=pipe: pipe, sock=sock)  # type: ignore[misc]

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.001)


@pytest.fixture
async def pipes() -> Any:
    made = Pipes()
    await made.connect()
    yield made
    for pipe in (made.first, made.second):
        pipe.abort()
    await made.until(lambda: made.ends == 2)


async def test_a_pipe_carries_frames(pipes: Pipes) -> None:
    for frame in FRAMES:
        await pipes.first.send(*frame)
    await pipes.until(lambda: len(pipes.heard) == len(FRAMES))
    assert pipes.heard == FRAMES


async def test_a_sender_waits_for_a_reader_that_holds(pipes: Pipes) -> None:
    pipes.second.hold()

    async def send() -> None:
        for _ in range(100):
            await pipes.first.send({}, bytes(100_000))

    sending = asyncio.ensure_future(send())
    done, _ = await asyncio.wait((sending,), timeout=0.2)
    assert not done
    pipes.second.go_on()
    await sending
    await pipes.until(lambda: len(pipes.heard) == 100)


async def test_a_reader_is_told_once_that_the_stream_has_ended(pipes: Pipes) -> None:
    pipes.first.write({"last": 1})
    pipes.first.close()
    pipes.first.write({"lost": 1})
    await pipes.until(lambda: pipes.ends == 2)
    assert pipes.heard == [({"last": 1}, b"")]
    assert not pipes.second.is_open
    for pipe in (pipes.first, pipes.second):  # nothing of it matters any more
        pipe.hold()
        pipe.go_on()
        pipe.write({})
        await pipe.send({})


async def test_a_pipe_ends_at_what_is_no_frame(pipes: Pipes) -> None:
    assert pipes.first._transport is not None
    pipes.first._transport.write(b"\xff" * 100)
    await pipes.until(lambda: pipes.ends == 2)
    assert pipes.heard == []


async def test_a_listener_hears_processes_of_this_user() -> None:
    heard: list[Any] = []
    pipe = FramePipe(lambda message, body: heard.append(message), lambda: None, check_peer=True)
    ours, theirs = socket.socketpair()
    with closing(ours):
        theirs.setblocking(False)
        await asyncio.get_running_loop().create_unix_connection(lambda: pipe, sock=theirs)
        ours.sendall(pack({"a": 1}))
        async with asyncio.timeout(10):
            while not heard:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        pipe.abort()
        await asyncio.sleep(0)
