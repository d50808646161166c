"""The hub and its follower."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from smallweb.core.channels import apublish, publish
from smallweb.core.channels.bus import redis, sqlite
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.bus.follow import Follower
from smallweb.core.channels.hub import event_frame, get_hub
from smallweb.core.channels.publications import Publication
from smallweb.core.exceptions import BusUnavailable
from tests.core.buses import python_elsewhere


class Reader:
    """A subscriber that remembers."""

    def __init__(self, reader: object = None) -> None:
        self._reader = reader or self
        self.frames: list[str] = []
        self.offsets: list[int] = []
        self.gaps = 0
        self.reconsidered = 0

    @property
    def reader(self) -> object:
        return self._reader

    def deliver(self, publication: Publication, frame: str) -> bool:
        self.frames.append(frame)
        self.offsets.append(publication.offset)
        return True

    def missed(self) -> None:
        self.gaps += 1

    async def reconsider(self) -> None:
        self.reconsidered += 1


class Broken(Reader):
    def deliver(self, publication: Publication, frame: str) -> bool:
        raise ValueError("a fault in one subscriber")


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds, not one event
            await asyncio.sleep(0.005)


async def test_a_publication_of_another_process_arrives(bus: Bus, settings: Any) -> None:
    reader = Reader()
    await get_hub().add("kept/#", reader)
    other = python_elsewhere("for n in range(300): publish('kept/a', n)", settings.SMALLWEB_CORE)
    await until(lambda: len(reader.offsets) == 300)
    assert reader.offsets == list(range(1, 301))
    assert await asyncio.to_thread(other.wait, 60) == 0
    get_hub().remove("kept/#", reader)


async def test_every_subscriber_gets_the_same_frame(bus: Bus) -> None:
    readers = [Reader() for _ in range(3)]
    for reader in readers:
        await get_hub().add("kept/a", reader)
    await apublish("kept/a", {"x": 1})
    await until(lambda: all(reader.frames for reader in readers))
    assert len({id(reader.frames[0]) for reader in readers}) == 1
    for reader in readers:
        get_hub().remove("kept/a", reader)


async def test_a_reader_of_several_filters_gets_a_publication_once(bus: Bus) -> None:
    whole = Reader()
    part = Reader(whole)
    await get_hub().add("kept/#", whole)
    await get_hub().add("kept/a", part)
    await apublish("kept/a", 1)
    await apublish("kept/a", 2)
    await until(lambda: len(whole.offsets) + len(part.offsets) >= 2)
    assert sorted(whole.offsets + part.offsets) == [1, 2]
    get_hub().remove("kept/#", whole)
    get_hub().remove("kept/a", part)


async def test_a_broken_subscriber_does_not_keep_the_others_from_theirs(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Broken(), Reader()
    await get_hub().add("kept/a", broken)
    await get_hub().add("kept/a", sound)
    await apublish("kept/a", 1)
    await until(lambda: sound.offsets)
    await until(lambda: "could not be delivered" in caplog.text)
    get_hub().remove("kept/a", broken)
    get_hub().remove("kept/a", sound)


async def test_the_follower_ends_with_the_last_subscriber_and_begins_with_the_next(bus: Bus) -> None:
    for round_ in (1, 2):
        reader = Reader()
        await get_hub().add("kept/a", reader)
        await apublish("kept/a", round_)
        await until(lambda: reader.offsets)  # noqa: B023 - awaited within the round
        get_hub().remove("kept/a", reader)
        assert reader.offsets == [round_]


async def test_who_gives_up_during_the_start_takes_nothing_from_others(bus: Bus) -> None:
    gone, first, second = Reader(), Reader(), Reader()
    adding = asyncio.create_task(get_hub().add("kept/a", gone))
    await asyncio.sleep(0)
    adding.cancel()
    get_hub().remove("kept/a", gone)  # as a connection does that ends
    with pytest.raises(asyncio.CancelledError):
        await adding
    for reader in (first, second):
        await get_hub().add("kept/a", reader)
    get_hub().remove("kept/a", first)
    await apublish("kept/a", 1)
    await until(lambda: second.offsets == [1])
    get_hub().remove("kept/a", second)


async def test_a_gap_is_told_to_all(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite, redis):
        monkeypatch.setattr(module, "TRANSIT_S", -1.0)
    reader = Reader()
    await get_hub().add("open/a", reader)
    held = threading.Event()
    loop = asyncio.get_running_loop()
    # While the loop stands still the follower cannot hand over, and meanwhile the log is pruned.
    publish("open/a", 0)
    publish("open/a", 1)
    loop.call_soon(held.wait, 0.5)
    publish("open/a", 2)
    bus.prune()
    await apublish("open/a", 3)
    await until(lambda: 4 in reader.offsets)
    assert reader.gaps or reader.offsets == [1, 2, 3, 4]
    get_hub().remove("open/a", reader)


async def test_a_bus_that_cannot_be_reached_is_told_to_who_subscribes(bus: Bus, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "redis://127.0.0.1:1/0"}
    with pytest.raises(BusUnavailable):
        await get_hub().add("kept/a", Reader())


async def test_a_failing_bus_is_tried_again(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("smallweb.core.channels.bus.follow.RETRY_S", 0.01)
    reader = Reader()

    def deliver(found: Sequence[Publication]) -> None:
        for one in found:
            reader.deliver(one, "")

    follower = Follower(bus, deliver=deliver, missed=reader.missed)
    tail = bus.tail()
    kind: Any = type(tail)
    tail.close()
    real, faults = kind.read, iter([BusUnavailable("away"), BusUnavailable("away")])

    def read(tail: Any, *, timeout_s: float) -> list[Publication]:
        for fault in faults:
            raise fault
        return real(tail, timeout_s=timeout_s)  # type: ignore[no-any-return]

    monkeypatch.setattr(kind, "read", read)
    await follower.start()
    await apublish("kept/a", 1)
    await until(lambda: reader.offsets == [1])
    assert caplog.text.count("away") == 2
    follower.stop()
    follower.stop()


def test_an_event_is_a_json_rpc_notification() -> None:
    publication = Publication("kept/ä", msgspec.Raw(b'{"x":[1.0,null]}'), 7, "e", 0.0)
    assert msgspec.json.decode(event_frame(publication)) == {
        "jsonrpc": "2.0",
        "method": "rpc.event",
        "params": {"channel": "kept/ä", "data": {"x": [1.0, None]}, "offset": 7, "epoch": "e"},
    }
