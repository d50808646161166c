"""Calls that must not overlap: those of one lane run one after the other, in the order of their coming."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from weakref import WeakKeyDictionary


class Lanes:
    """The lanes of one loop, by key. A lane is there only while something runs in it."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[Callable[[], None]]] = {}

    def enter(self, key: Hashable, start: Callable[[], None]) -> None:
        """Call ``start`` now, or once all that entered before has left."""
        if key in self._waiting:
            self._waiting[key].append(start)
        else:
            self._waiting[key] = deque()
            start()

    def leave(self, key: Hashable) -> None:
        """Let the next one start. To be called once for each that has started."""
        waiting = self._waiting[key]
        if waiting:
            waiting.popleft()()
        else:
            del self._waiting[key]


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lanes] = WeakKeyDictionary()


def get_lanes() -> Lanes:
    """Return the lanes of the running loop."""
    loop = asyncio.get_running_loop()
    lanes = _lanes.get(loop)
    if lanes is None:
        lanes = _lanes[loop] = Lanes()
    return lanes
