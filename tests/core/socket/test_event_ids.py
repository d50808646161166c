"""What the ids of events say, and what is made of ids that nobody gave."""

from __future__ import annotations

import random

import pytest

from smallweb.core.channels.publications import Position
from smallweb.core.socket.event_ids import MAX_CHARS, UNKNOWN, Positions, read_positions

pytestmark = pytest.mark.once


def test_positions_come_back() -> None:
    positions = Positions()
    positions.start("news/ä", Position("", 0))
    positions.start("news/b", Position("epoch", 7))
    assert positions.move("news/ä", Position("new", 1))
    assert positions.move("news/b", Position("epoch", 8))
    assert read_positions(positions.text()) == {"news/ä": Position("new", 1), "news/b": Position("epoch", 8)}
    assert read_positions(Positions().text()) == {}


def test_what_was_told_is_not_told_again() -> None:
    positions = Positions()
    assert positions.move("a", Position("e", 3))
    assert not positions.move("a", Position("e", 3))
    assert not positions.move("a", Position("e", 2))
    assert positions.move("a", Position("f", 1))
    positions.start("a", Position("f", 0))
    assert not positions.move("a", Position("f", 1))


def test_too_many_are_unknown() -> None:
    long = Positions()
    for number in range(100):
        long.move(f"channel/{'x' * 50}/{number}", Position("epoch", 1))
    assert long.text() == UNKNOWN
    many = Positions()
    for number in range(1_001):
        assert many.move(str(number), Position("e", 1))
    assert many.text() == UNKNOWN
    assert many.move("1", Position("e", 1))
    assert read_positions(UNKNOWN) is None


def test_ids_of_others_are_unknown_and_never_raise() -> None:
    chance = random.Random(3)
    good = Positions()
    good.move("a/b", Position("e", 1))
    for _ in range(3_000):
        text = list(good.text())
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chr(chance.choice([chance.randrange(128), 0xE4]))
        found = read_positions("".join(text))
        assert found is None or all(isinstance(one, Position) for one in found.values())
    assert read_positions("A" * (MAX_CHARS + 1)) is None
