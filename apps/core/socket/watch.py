"""Ends calls that take longer than they may, by one timer: one for each call costs more than most calls."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from .calls import Call

LOOK_S = 0.2


class Watch:
    """The calls of one loop that have a time limit; each is given up at most LOOK_S after it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: set[Call] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, call: Call) -> None:
        self._calls.add(call)
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_S, self._look)

    def discard(self, call: Call) -> None:
        self._calls.discard(call)

    def _look(self) -> None:
        now = time.monotonic()
        for call in [call for call in self._calls if call.ends_at is not None and call.ends_at <= now]:
            call.give_up(call.late(now=now))
        self._timer = self._loop.call_later(LOOK_S, self._look) if self._calls else None


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def get_watch() -> Watch:
    """Return the watch of the running loop."""
    loop = asyncio.get_running_loop()
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = Watch(loop)
    return watch
