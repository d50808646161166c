"""Calls that must not overlap: those of one lane run one after the other, in the order of their coming."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from weakref import WeakKeyDictionary


class Lanes:
    """The lanes of one loop, by key. A lane is there only while something runs in it."""

    def __init__(self) -> None:
        self._lanes: dict[Hashable, _Lane] = {}

    def enter(self, key: Hashable, start: Callable[[], None]) -> None:
        """Call ``start`` now, or once all that entered before has left."""
        if key in self._lanes:
            self._lanes[key].waiting.append(start)
        else:
            self._lanes[key] = _Lane()
            start()

    def leave(self, key: Hashable) -> None:
        """Let the next one start. To be called once for each that has started."""
        lane = self._lanes[key]
        lane.is_free = True
        if lane.is_starting:  # what starts here has left at once; hundreds of it would be too deep a stack
            return
        lane.is_starting = True
        while lane.is_free and lane.waiting:
            lane.is_free = False
            lane.waiting.popleft()()
        lane.is_starting = False
        if lane.is_free:
            del self._lanes[key]


class _Lane:
    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()
        self.is_free = False
        self.is_starting = False


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lanes] = WeakKeyDictionary()


def get_lanes() -> Lanes:
    """Return the lanes of the running loop."""
    loop = asyncio.get_running_loop()
    lanes = _lanes.get(loop)
    if lanes is None:
        lanes = _lanes[loop] = Lanes()
    return lanes
