"""Whether one more session may start, and which ones make room for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..exceptions import NoRoom
from .spec import Limits


@dataclass(frozen=True, kw_only=True)
class Running:
    """What counts of a session that runs. ``address`` is empty for visitors who are logged in; one that
    ``is_used`` may not be ended.
    """

    id: str
    app: str
    visitor: str
    address: str
    is_used: bool
    idle_since: float


def make_room(running: Iterable[Running], asked: Running, limits: Limits) -> list[str]:
    """Return the ids of the sessions that must end first: the longest idle of those that may be ended.

    Raises NoRoom, which says what is full, where too few may.
    """
    living = list(running)
    ended: list[str] = []
    for scope, most, counts in (
        ("visitor", limits.per_visitor, lambda one: one.visitor == asked.visitor),
        ("address", limits.per_address, lambda one: bool(asked.address) and one.address == asked.address),
        ("app", limits.per_app, lambda one: one.app == asked.app),
        ("machine", limits.in_all, lambda one: True),
    ):
        if not most:
            continue
        counted = [one for one in living if counts(one)]
        surplus = len(counted) + 1 - most
        idle = sorted((one for one in counted if not one.is_used), key=lambda one: one.idle_since)
        if surplus > len(idle):
            raise NoRoom(scope, most)
        for one in idle[: max(surplus, 0)]:
            living.remove(one)
            ended.append(one.id)
    return ended
