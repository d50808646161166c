from __future__ import annotations

import time

import msgspec
import pytest

from smallweb.core.channels import presence as presence_module
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.presence import (
    Board,
    Change,
    Client,
    alive_processes,
    beat_message,
    part_message,
    present_on,
    sweep,
    withdraw,
)
from smallweb.core.channels.publications import Publication

ANN, BOB = Client("1", "ann"), Client("2", None)


def part(channel: str, process: str, *clients: Client, offset: int = 1, epoch: str = "e") -> Publication:
    data = msgspec.Raw(msgspec.json.encode(list(clients)))
    return Publication(f"$presence/{channel}/{process}", data, offset, epoch, 0.0)


def test_who_came_and_who_went_is_the_difference_of_two_parts() -> None:
    board = Board()
    assert board.take(part("room/a", "p", ANN)) == [Change("room/a", True, ANN)]
    assert board.take(part("room/a", "p", ANN, BOB, offset=2)) == [Change("room/a", True, BOB)]
    assert board.take(part("room/a", "q", offset=1)) == []
    assert board.take(part("room/a", "p", BOB, offset=3)) == [Change("room/a", False, ANN)]
    assert board.take(part("room/a", "p", offset=4)) == [Change("room/a", False, BOB)]


def test_an_old_part_says_nothing_and_a_new_epoch_does() -> None:
    board = Board()
    board.take(part("room/a", "p", ANN, offset=5))
    assert board.take(part("room/a", "p", offset=4)) == []
    assert board.take(part("room/a", "p", offset=5)) == []
    assert board.take(part("room/a", "p", BOB, offset=1, epoch="f")) == [
        Change("room/a", True, BOB),
        Change("room/a", False, ANN),
    ]


def test_after_a_gap_all_parts_are_compared() -> None:
    board = Board()
    board.replace([part("room/a", "p", ANN), part("room/b", "p", ANN)])
    changes = board.replace([part("room/a", "p", ANN, BOB, offset=9)])
    assert sorted(changes) == [Change("room/a", True, BOB), Change("room/b", False, ANN)]


def test_all_processes_that_live_are_counted(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    assert present_on(bus, "room/a") == []
    bus.publish([beat_message("p"), part_message("room/a", "p", [ANN])])
    bus.publish([beat_message("q"), part_message("room/a", "q", [BOB]), part_message("room/b", "q", [ANN])])
    bus.publish([part_message("room/a", "never-beaten", [Client("3", None)])])
    assert sorted(present_on(bus, "room/a"), key=lambda client: client.client) == [ANN, BOB]
    assert present_on(bus, "room") == []
    monkeypatch.setattr(presence_module, "GONE_S", -1.0)
    assert present_on(bus, "room/a") == []


def test_a_part_that_is_withdrawn_is_gone_and_followers_are_told(bus: Bus) -> None:
    bus.publish([beat_message("p"), part_message("room/a", "p", [ANN])])
    tail = bus.tail()
    withdraw(bus, [("room/a", "p")])
    assert present_on(bus, "room/a") == []
    assert [bytes(one.data) for one in tail.read(timeout_s=5)] == [b"[]"]
    tail.close()


def test_what_dead_processes_left_is_taken_away_and_nothing_else(bus: Bus) -> None:
    bus.publish([beat_message("p"), part_message("room/a", "p", [ANN]), part_message("room/b", "p", [ANN])])
    bus.publish([beat_message("q"), part_message("room/a", "q", [BOB])])
    sweep(bus, {"p"})
    sweep(bus, {"p"})
    assert [one.channel for one in bus.retained("$presence/#")] == ["$presence/room/a/q"]
    assert [one.channel for one in bus.retained("$beat/+")] == ["$beat/q"]


def test_a_process_is_dead_that_was_silent_for_too_long() -> None:
    now = time.time()
    beats = [
        Publication(f"$beat/{name}", msgspec.Raw(b"null"), 1, "e", now - age)
        for name, age in (("young", 1.0), ("old", presence_module.GONE_S + 1))
    ]
    assert alive_processes(beats, now=now) == {"young"}
