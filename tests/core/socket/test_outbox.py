from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from smallweb.core.socket import outbox as outbox_module
from smallweb.core.socket.newest import Newest
from smallweb.core.socket.outbox import Outbox
from smallweb.core.socket.rate import TokenBucket
from tests.core.socket.clients import until

pytestmark = pytest.mark.once


class Line:
    """A line that takes frames while it is open."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.overflows = 0

    async def send(self, frame: str) -> None:
        await self.is_open.wait()
        self.sent.append(frame)

    def overflow(self) -> None:
        self.overflows += 1

    def outbox(self, *, frames: int = 4, size: int = 1_000) -> Outbox:
        return Outbox(self.send, max_frames=frames, max_bytes=size, overflow=self.overflow)


def lagged(frame: str) -> tuple[Any, ...]:
    message = json.loads(frame)
    assert message["method"] == "rpc.lagged"
    return tuple(message["params"][key] for key in ("channel", "from", "to"))


async def test_frames_leave_in_order() -> None:
    line = Line()
    outbox = line.outbox(frames=100)
    for number in range(50):
        outbox.event("a", number, f"e{number}")
        outbox.answer(f"a{number}")
    await until(lambda: len(line.sent) == 100)
    assert line.sent[:4] == ["e0", "a0", "e1", "a1"]


async def test_a_slow_reader_is_told_exactly_what_it_missed() -> None:
    line = Line()
    outbox = line.outbox(frames=3)
    line.is_open.clear()
    outbox.event("a", 1, "first")  # On its way at once.
    for offset in range(2, 10):
        outbox.event("a" if offset % 2 else "b", offset, f"e{offset}")
    line.is_open.set()
    await until(lambda: len(line.sent) == 6)
    assert line.sent[:4] == ["first", "e2", "e3", "e4"]
    assert {lagged(frame) for frame in line.sent[4:]} == {("a", 5, 9), ("b", 6, 8)}
    outbox.event("a", 10, "e10")
    await until(lambda: line.sent[-1] == "e10")
    assert line.overflows == 0


async def test_the_queue_is_bounded_by_size_too_but_takes_one_large_frame() -> None:
    line = Line()
    outbox = line.outbox(frames=100, size=10)
    line.is_open.clear()
    outbox.event("a", 1, "first")
    outbox.event("a", 2, "x" * 50)
    outbox.event("a", 3, "y")
    line.is_open.set()
    await until(lambda: len(line.sent) == 3)
    assert lagged(line.sent[2]) == ("a", 3, 3)


async def test_an_unknown_gap_stays_unknown() -> None:
    line = Line()
    outbox = line.outbox()
    line.is_open.clear()
    outbox.event("a", 1, "first")
    outbox.lag("a", None, None)
    outbox.lag("a", 5, 6)
    line.is_open.set()
    await until(lambda: len(line.sent) == 2)
    assert lagged(line.sent[1]) == ("a", None, 6)


async def test_answers_that_nobody_reads_overflow() -> None:
    line = Line()
    outbox = line.outbox(frames=4)
    line.is_open.clear()
    for _ in range(9):  # One is on its way, twice the bound are waiting.
        outbox.answer("x")
    assert line.overflows == 0
    outbox.answer("x")
    assert line.overflows == 1


async def test_too_many_lagging_channels_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_LAGGED_CHANNELS", 3)
    line = Line()
    outbox = line.outbox()
    line.is_open.clear()
    outbox.answer("first")
    for number in range(4):
        outbox.lag(f"c{number}", 1, 1)
    assert line.overflows == 1
    outbox.close()


async def test_a_closed_outbox_sends_nothing() -> None:
    line = Line()
    outbox = line.outbox()
    line.is_open.clear()
    outbox.answer("x")
    outbox.close()
    outbox.answer("y")
    line.is_open.set()
    await asyncio.sleep(0.01)
    assert line.sent == []


async def test_room_comes_when_half_of_the_queue_is_read() -> None:
    line = Line()
    outbox = line.outbox(frames=4)
    line.is_open.clear()
    for _ in range(5):
        outbox.answer("x")
    waiting = asyncio.create_task(outbox.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    line.is_open.set()
    await asyncio.wait_for(waiting, 60)


async def test_who_waits_for_room_hears_that_the_reader_is_gone() -> None:
    line = Line()
    outbox = line.outbox(frames=4)
    line.is_open.clear()
    for _ in range(5):
        outbox.answer("x")
    waiting = asyncio.create_task(outbox.room())
    await asyncio.sleep(0)
    outbox.close()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(waiting, 60)


async def test_of_a_latest_channel_a_slow_reader_gets_the_newest_value_and_no_word_of_the_rest() -> None:
    line = Line()
    outbox = line.outbox(frames=3)
    line.is_open.clear()
    for offset in range(1, 40):
        outbox.latest("a", offset, f"a{offset}")
        outbox.latest("b", offset, f"b{offset}")
    line.is_open.set()
    await until(lambda: "b39" in line.sent)
    assert line.sent[-2:] == ["a39", "b39"]
    assert len(line.sent) <= 7
    outbox.latest("a", 40, "a40")
    await until(lambda: line.sent[-1] == "a40")


async def test_the_newest_value_goes_out_as_soon_as_there_is_room_and_never_before_an_older_one() -> None:
    line = Line()
    outbox = line.outbox(frames=3)
    line.is_open.clear()
    outbox.latest("a", 1, "a1")
    for number in range(4):
        outbox.event("x", number, f"x{number}")
    outbox.latest("a", 2, "a2")
    outbox.latest("a", 3, "a3")
    line.is_open.set()
    await until(lambda: not outbox._is_sending)
    assert [frame for frame in line.sent if frame[0] == "a"] == ["a1", "a3"]
    assert lagged(line.sent[-1]) == ("x", 3, 3)


@pytest.mark.parametrize("limits", [{"frames": 2}, {"size": 10}])
async def test_newest_values_are_bounded_and_the_rest_is_reported(limits: dict[str, int]) -> None:
    line = Line()
    outbox = line.outbox(**limits)
    line.is_open.clear()
    for number in range(1, 12):
        outbox.latest(f"c{number}", number, "12345")
    line.is_open.set()
    await until(lambda: not outbox._is_sending)
    told = [lagged(frame)[0] for frame in line.sent if frame != "12345"]
    assert len(told) + line.sent.count("12345") == 11
    assert told


def test_a_value_that_grows_too_large_takes_no_room_any_more() -> None:
    newest = Newest(max_channels=2, max_bytes=10)
    assert newest.put("a", "1234")
    assert newest.put("b", "1234")
    assert not newest.put("c", "1")
    assert not newest.put("a", "1234567")
    assert newest.put("c", "123456")
    assert (newest.next_size(), newest.pop(), newest.pop(), newest.frames) == (4, "1234", "123456", {})


def test_a_bucket_lets_a_burst_pass_and_then_its_rate() -> None:
    bucket = TokenBucket(rate=10, burst=5, now=100.0)
    assert [bucket.take(1, now=100.0) for _ in range(6)] == [True] * 5 + [False]
    assert bucket.take(1, now=100.15)
    assert not bucket.take(1, now=100.15)
    assert not bucket.take(6, now=500.0)
    assert bucket.take(5, now=500.0)
