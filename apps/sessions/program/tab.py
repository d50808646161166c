"""A page of the browser that is shown what changes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

_MAX_WAITING = 16 * 2**20
_BEAT_S = 20.0


class Tab:
    """Sends texts one after the other, however slow the reader; too far behind, it is given up."""

    def __init__(self, name: str, write: Callable[[str], Awaitable[None]]) -> None:
        self.name = name
        self.is_open = True
        self._write = write
        self._texts: deque[str] = deque()
        self._waiting = 0
        self._pump: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        """Have it sent; never waits."""
        if not self.is_open:
            return
        self._texts.append(text)
        self._waiting += len(text)
        if self._waiting > _MAX_WAITING and len(self._texts) > 1:
            self.is_open = False
            self._texts.clear()
        elif self._pump is None or self._pump.done():
            self._pump = asyncio.ensure_future(self._send())

    async def _send(self) -> None:
        while self._texts:
            text = self._texts.popleft()
            self._waiting -= len(text)
            await self._write(text)

    async def end(self) -> None:
        """Send no more."""
        self.is_open = False
        self._texts.clear()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])


async def beat(tab: Tab) -> None:
    """Keep proxies from taking a silent stream for a dead one."""
    while tab.is_open:
        await asyncio.sleep(_BEAT_S)
        tab.put("")
