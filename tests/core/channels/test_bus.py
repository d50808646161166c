"""What every bus promises; each test runs on each."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels.bus import base, postgres, redis, sqlite
from smallweb.core.channels.bus.base import Bus, Missed, Tail, get_bus
from smallweb.core.channels.publications import Outgoing, Position, Publication
from smallweb.core.exceptions import BusUnavailable
from tests.core.buses import python_elsewhere
from tests.waiting import wait_for

pytestmark = pytest.mark.once


def kept(channel: str, data: bytes = b"1") -> Outgoing:
    return Outgoing(channel, data, retain=True, history_size=5, history_age_s=60)


@contextmanager
def following(bus: Bus) -> Iterator[Tail]:
    tail = bus.tail()
    try:
        yield tail
    finally:
        tail.close()


def read(tail: Tail, count: int) -> list[Publication]:
    found: list[Publication] = []

    def is_enough() -> bool:
        found.extend(tail.read(timeout_s=0.5))
        return len(found) >= count

    wait_for(is_enough, limit_s=60)
    return found


def test_offsets_of_a_channel_are_dense(bus: Bus) -> None:
    positions = bus.publish([kept("kept/a"), kept("kept/b"), kept("kept/a")])
    positions += bus.publish([kept("kept/a")])
    assert [position.offset for position in positions] == [1, 1, 2, 3]
    assert positions[0].epoch == positions[2].epoch == positions[3].epoch != ""


def test_a_tail_gets_what_is_new_once_and_in_order(bus: Bus) -> None:
    bus.publish([kept("kept/before")])
    with following(bus) as tail:
        assert tail.read(timeout_s=0.01) == []
        bus.publish([kept("kept/a", b'{"x":1}'), kept("kept/b")])
        bus.publish([kept("kept/a", b"2")])
        found = read(tail, 3)
        assert tail.read(timeout_s=0.01) == []
    assert [(one.channel, bytes(one.data), one.offset) for one in found] == [
        ("kept/a", b'{"x":1}', 1),
        ("kept/b", b"1", 1),
        ("kept/a", b"2", 2),
    ]


def test_two_tails_each_get_everything(bus: Bus) -> None:
    with following(bus) as one, following(bus) as other:
        bus.publish([kept("kept/a")] * 1_200)
        assert [found.offset for found in read(one, 1_200)] == list(range(1, 1_201))
        assert [found.offset for found in read(other, 1_200)] == list(range(1, 1_201))


def test_publications_of_several_processes_and_threads_all_arrive(bus: Bus, settings: Any) -> None:
    code = "for n in range(50): publish(f'kept/{n % 3}', n)"
    with following(bus) as tail:
        others = [python_elsewhere(code, settings.SMALLWEB_CORE) for _ in range(2)]
        threads = [
            threading.Thread(target=lambda: [bus.publish([kept("kept/0")]) for _ in range(50)]) for _ in "ab"
        ]
        for thread in threads:
            thread.start()
        found = read(tail, 200)
        for thread in threads:
            thread.join()
        assert [other.wait(60) for other in others] == [0, 0]
    by_channel: dict[str, list[int]] = {}
    for one in found:
        by_channel.setdefault(one.channel, []).append(one.offset)
    assert all(offsets == list(range(1, len(offsets) + 1)) for offsets in by_channel.values())
    assert len(found) == 200


def test_what_came_since_is_recovered(bus: Bus) -> None:
    first, *_, last = bus.publish([kept("kept/a", b"%d" % number) for number in range(1, 6)])
    recovery = bus.recover("kept/a", Position(first.epoch, 2))
    assert recovery.recovered
    assert [bytes(found.data) for found in recovery.publications] == [b"3", b"4", b"5"]
    assert recovery.position == last
    assert bus.recover("kept/a", last).recovered
    assert bus.recover("kept/a", last).publications == []


@pytest.mark.parametrize("since", [Position("another", 1), Position("", 1), Position("same", 99)])
def test_a_position_that_is_not_the_channels_is_not_recovered(bus: Bus, since: Position) -> None:
    (position,) = bus.publish([kept("kept/a")])
    wanted = Position(position.epoch, 99) if since.epoch == "same" else since
    recovery = bus.recover("kept/a", wanted)
    assert not recovery.recovered
    assert recovery.publications == []
    assert recovery.retained is not None


def test_a_silent_channel_stands_at_the_beginning_and_is_recovered_from_there(bus: Bus) -> None:
    beginning = bus.recover("kept/new").position
    assert beginning == Position("", 0)
    bus.publish([kept("kept/new"), kept("kept/new")])
    recovery = bus.recover("kept/new", beginning)
    assert recovery.recovered
    assert [found.offset for found in recovery.publications] == [1, 2]


def test_the_last_value_is_retained_until_it_is_cleared(bus: Bus) -> None:
    bus.publish(
        [kept("kept/a", b"1"), kept("kept/a", b"2"), kept("kept/b/c", b"3"), Outgoing("open/a", b"4")]
    )
    found = {one.channel: bytes(one.data) for one in bus.retained("kept/#")}
    assert found == {"kept/a": b"2", "kept/b/c": b"3"}
    assert bus.retained("open/a") == []
    assert bus.channels("+/a", limit=9) == ["kept/a", "open/a"]
    assert bus.channels("+/a", limit=1) == ["kept/a"]
    bus.clear("kept/a")
    assert bus.recover("kept/a").retained is None
    assert [one.channel for one in bus.retained("kept/#")] == ["kept/b/c"]
    bus.clear("kept/never")


def test_a_retained_value_survives_a_publication_that_is_not_retained(bus: Bus) -> None:
    bus.publish([kept("kept/a", b"1"), Outgoing("kept/a", b"2")])
    retained = bus.recover("kept/a").retained
    assert retained is not None
    assert bytes(retained.data) == b"1"


def test_pruning_keeps_what_is_in_transit(bus: Bus) -> None:
    with following(bus) as tail:
        bus.publish([Outgoing("open/a", b"1")])
        bus.prune()
        assert len(read(tail, 1)) == 1


def test_pruning_keeps_the_history_and_the_retained_value(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite, redis, postgres):
        monkeypatch.setattr(module, "TRANSIT_S", -1.0)
    first, *_ = bus.publish(
        [kept("kept/a")] * 9 + [Outgoing("open/a", b"1"), Outgoing("kept/b", b"1", retain=True)]
    )
    bus.prune()
    assert not bus.recover("kept/a", Position(first.epoch, 3)).recovered
    recovery = bus.recover("kept/a", Position(first.epoch, 4))
    assert [found.offset for found in recovery.publications] == [5, 6, 7, 8, 9]
    assert bus.recover("kept/b").retained is not None
    assert not bus.recover("open/a", Position("", 0)).recovered


def test_a_tail_that_slept_through_a_pruning_is_told(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite, redis, postgres):
        monkeypatch.setattr(module, "TRANSIT_S", -1.0)
    with following(bus) as tail:
        bus.publish([Outgoing("open/a", b"1"), Outgoing("open/a", b"2")])
        bus.prune()
        bus.publish([Outgoing("open/a", b"3")])
        with pytest.raises(Missed):
            tail.read(timeout_s=1)
        assert [found.offset for found in read(tail, 1)] == [3]


def test_a_tail_is_told_even_when_nothing_is_left(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite, redis, postgres):
        monkeypatch.setattr(module, "TRANSIT_S", -1.0)
    with following(bus) as tail:
        bus.publish([Outgoing("open/a", b"1")])
        bus.prune()
        with pytest.raises(Missed):
            tail.read(timeout_s=0.01)
        bus.publish([Outgoing("open/a", b"2")])
        assert [found.offset for found in read(tail, 1)] == [2]


def test_a_fork_publishes_through_a_connection_of_its_own(bus: Bus) -> None:
    bus.publish([kept("kept/a")])
    with following(bus) as tail:
        child = os.fork()
        if child == 0:
            try:
                bus.publish([kept("kept/a")])
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        bus.publish([kept("kept/a")])
        assert [found.offset for found in read(tail, 2)] == [2, 3]


def test_a_process_that_comes_and_goes_is_heard_by_one_that_opened_the_bus_several_times(
    bus: Bus, settings: Any
) -> None:
    bus.publish([kept("kept/a")])
    for offset in (2, 3):
        with following(bus) as tail:
            other = python_elsewhere("publish('kept/a', 'from elsewhere')", settings.SMALLWEB_CORE)
            assert other.wait(60) == 0
            assert bus.recover("kept/a").position.offset == offset
            assert [found.offset for found in read(tail, 1)] == [offset]


def test_publishing_leaks_no_descriptor(bus: Bus) -> None:
    bus.publish([kept("kept/a")])
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        bus.publish([kept("kept/a")])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_closing_twice_is_harmless_and_the_bus_opens_again(bus: Bus) -> None:
    bus.publish([kept("kept/a")])
    bus.close()
    bus.close()
    assert bus.publish([kept("kept/a")])[0].offset == 2


@pytest.mark.parametrize(
    "url",
    ["sqlite:////proc/nowhere/bus", "redis://127.0.0.1:1/0", "postgres://127.0.0.1:1/x", "carrier:pigeon"],
)
def test_a_bus_that_does_not_work_says_so(url: str, settings: Any) -> None:
    settings.SMALLWEB_CORE = {"BUS_URL": url}
    with pytest.raises(BusUnavailable, match=r"."):
        get_bus().publish([kept("kept/a")])


@pytest.mark.parametrize("extra", ["redis", "postgres"])
def test_a_missing_client_names_the_extra(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"smallweb.core.channels.bus.{extra}", None)
    with pytest.raises(BusUnavailable, match=rf"django-smallweb\[{extra}\]"):
        base._MAKERS[extra](f"{extra}://x")


def test_a_new_sqlite_file_is_opened_by_many_at_once(tmp_path: Any, settings: Any) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run"}
    for number in range(10):
        buses = [sqlite.SqliteBus(tmp_path / f"{number}.sqlite3") for _ in range(6)]
        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(lambda bus: bus.publish([kept("kept/a")])[0].offset, buses))
        assert sorted(found) == [1, 2, 3, 4, 5, 6]
        for bus in buses:
            bus.close()


def test_the_sqlite_file_is_for_its_owner_alone(tmp_path: Any, settings: Any) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run"}
    bus = sqlite.SqliteBus(tmp_path / "deep" / "bus.sqlite3")
    bus.publish([kept("kept/a")])
    assert bus.path.stat().st_mode & 0o777 == 0o600
    bus.close()


def test_a_failed_batch_leaves_nothing(tmp_path: Any, settings: Any) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run"}
    bus = sqlite.SqliteBus(tmp_path / "bus.sqlite3")
    with pytest.raises(BusUnavailable):
        bus.publish([kept("kept/a"), Outgoing("kept/b", object())])  # type: ignore[arg-type]
    assert bus.publish([kept("kept/a")])[0].offset == 1
    bus.close()


def test_a_channel_forgotten_after_long_silence_begins_a_new_epoch(
    tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run"}
    bus = sqlite.SqliteBus(tmp_path / "bus.sqlite3")
    (before,) = bus.publish([Outgoing("open/a", b"1")])
    monkeypatch.setattr(sqlite, "TRANSIT_S", -1.0)
    monkeypatch.setattr(sqlite, "FORGET_S", -1.0)
    bus.prune()
    assert bus.channels("open/#", limit=9) == []
    (after,) = bus.publish([Outgoing("open/a", b"2")])
    assert after.offset == 1
    assert after.epoch != before.epoch
    assert not bus.recover("open/a", before).recovered
    bus.close()
