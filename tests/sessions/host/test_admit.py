"""Who makes room for whom."""

from __future__ import annotations

from typing import Any

import pytest

from smallweb.sessions.exceptions import NoRoom
from smallweb.sessions.host.admit import Running, make_room
from smallweb.sessions.host.spec import Limits

pytestmark = pytest.mark.once


def one(id: str = "", **other: Any) -> Running:
    about = {"app": "a", "visitor": "v", "address": "", "is_used": False, "idle_since": 0.0, **other}
    return Running(id=id, **about)


def test_without_limits_there_is_room() -> None:
    assert make_room([one(str(number)) for number in range(100)], one(), Limits()) == []


@pytest.mark.parametrize(
    "limits, scope",
    [
        (Limits(per_visitor=2), "visitor"),
        (Limits(per_address=2), "address"),
        (Limits(per_app=2), "app"),
        (Limits(in_all=2), "machine"),
    ],
)
def test_each_limit_counts_its_own(limits: Limits, scope: str) -> None:
    alike = {"visitor": "v", "address": "1.2.3.4", "app": "a"}
    asked = one(**alike, is_used=True)
    running = [one(str(number), **alike, is_used=True) for number in range(2)]
    assert make_room(running[:1], asked, limits) == []
    with pytest.raises(NoRoom) as refused:
        make_room(running, asked, limits)
    assert (refused.value.scope, refused.value.most) == (scope, 2)
    if scope != "machine":
        other = one(**{**alike, scope: "other"})
        assert make_room(running, other, limits) == []


def test_users_are_not_counted_by_address() -> None:
    running = [one(str(number), is_used=True) for number in range(9)]
    assert make_room(running, one(), Limits(per_address=1)) == []


def test_the_longest_idle_makes_room() -> None:
    running = [one("young", idle_since=3), one("used", is_used=True, idle_since=1), one("old", idle_since=2)]
    assert make_room(running, one(), Limits(per_visitor=3)) == ["old"]
    assert make_room(running, one(), Limits(per_visitor=2)) == ["old", "young"]
    with pytest.raises(NoRoom):
        make_room(running, one(), Limits(per_visitor=1))


def test_what_one_limit_ends_is_not_counted_by_the_next() -> None:
    running = [one("old", idle_since=1), one("other", visitor="w", app="b", idle_since=0)]
    assert make_room(running, one(), Limits(per_visitor=1, in_all=2)) == ["old"]


def test_nobody_is_ended_for_one_who_cannot_come() -> None:
    running = [one("old"), one("used", visitor="w", is_used=True)]
    with pytest.raises(NoRoom):
        make_room(running, one(), Limits(per_visitor=1, in_all=1))
