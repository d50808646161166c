"""How far a subscription has heard each channel."""

from __future__ import annotations

from typing import Any

import pytest

from smallweb.rpc.client.events import Event, Gap, Position
from smallweb.rpc.client.positions import MOST_POSITIONS, Positions

pytestmark = pytest.mark.once


def publication(offset: int, *, channel: str = "a", epoch: str = "e") -> dict[str, Any]:
    return {"channel": channel, "data": offset, "offset": offset, "epoch": epoch, "at": 1.0}


def told(
    offset: int,
    *publications: dict[str, Any],
    recovered: bool = False,
    retained: dict[str, Any] | None = None,
    epoch: str = "e",
) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "offset": offset,
        "recovered": recovered,
        "publications": list(publications),
        "retained": retained,
    }


def event(offset: int, *, channel: str = "a", epoch: str = "e", is_retained: bool = False) -> Event:
    return Event(channel, offset, offset, epoch, is_retained)


def test_the_first_answer_may_hold_a_retained_value() -> None:
    places = Positions("a")
    assert places.since() is None
    assert places.take(told(3, retained=publication(3))) == [event(3, is_retained=True)]
    assert places.since() == Position("e", 3)


def test_what_was_missed_comes_once_and_in_order() -> None:
    places = Positions("a")
    places.take(told(1))
    assert places.give(event(2))
    assert not places.give(event(2))
    missed = told(4, publication(2), publication(3), publication(4), recovered=True)
    assert places.take(missed) == [event(3), event(4)]
    assert not places.give(event(4))
    assert places.take(told(4, recovered=True)) == []


def test_a_gap_is_told_before_the_retained_value() -> None:
    places = Positions("a", Position("e", 1))
    assert places.since() == Position("e", 1)
    lost = told(90, retained=publication(90))
    assert places.take(lost) == [Gap("a"), event(90, is_retained=True)]
    assert places.take(told(2, epoch="f")) == [Gap("a")]
    assert places.give(event(3, epoch="f"))


def test_a_filter_has_a_position_for_each_channel() -> None:
    places = Positions("a/#", {"a/1": {"epoch": "e", "offset": 4}})
    assert places.names("a/1")
    assert places.names("a")
    assert not places.names("b/1")
    answer = {"channels": {"a/1": told(4, recovered=True), "a/2": told(1, recovered=True)}}
    answer["channels"]["a/2"]["publications"] = [publication(1, channel="a/2")]
    assert places.take(answer) == [event(1, channel="a/2")]
    assert places.since() == {"a/1": Position("e", 4), "a/2": Position("e", 1)}


def test_a_filter_is_not_resumed_from_one_position() -> None:
    with pytest.raises(ValueError, match="a position for each channel"):
        Positions("a/#", Position("e", 1))


def test_a_channel_is_resumed_from_a_map_too() -> None:
    assert Positions("a", {"a": Position("e", 1)}).since() == Position("e", 1)
    assert Positions("a", {"epoch": "e", "offset": 1}).since() == Position("e", 1)
    assert Positions("a", {}).since() == Position("", 0)


def test_too_many_positions_are_forgotten_and_that_is_a_gap() -> None:
    places = Positions("a/#")
    for number in range(MOST_POSITIONS):
        places.give(event(1, channel=f"a/{number}"))
    assert list(places.shorten()) == []
    places.give(event(1, channel="a/more"))
    assert list(places.shorten()) == [Gap("a/#")]
    assert places.seen == {}
