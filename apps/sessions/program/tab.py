"""A page of the browser that is shown what changes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

_MAX_WAITING = 16 * 2**20
_BEAT_S = 20.0
BEAT = "{}"
"""Says nothing, and is answered alike; some servers let no empty message pass."""


class Tab:
    """Sends texts one after the other, however slow the reader; ``lost`` is set when it is given up."""

    def __init__(self, name: str, write: Callable[[str], Awaitable[None]]) -> None:
        self.name = name
        self.lost = asyncio.Event()
        self._write = write
        self._texts: deque[str] = deque()
        self._waiting = 0
        self._pump: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        """Have it sent; never waits."""
        if self.lost.is_set():
            return
        self._texts.append(text)
        self._waiting += len(text)
        if self._waiting > _MAX_WAITING and len(self._texts) > 1:
            self._give_up()
        elif self._pump is None or self._pump.done():
            self._pump = asyncio.ensure_future(self._send())

    def _give_up(self) -> None:
        self.lost.set()
        self._texts.clear()
        self._waiting = 0

    async def _send(self) -> None:
        while self._texts:
            text = self._texts.popleft()
            self._waiting -= len(text)
            await self._write(text)

    async def while_read(self, reading: Coroutine[Any, Any, None]) -> None:
        """Run what reads from the browser, until it ends or the tab is given up."""
        task, lost = asyncio.ensure_future(reading), asyncio.ensure_future(self.lost.wait())
        try:
            await asyncio.wait((task, lost), return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
            task.cancel()
        await asyncio.wait((task, lost))
        if not task.cancelled():
            task.result()

    async def end(self) -> None:
        """Send no more."""
        self._give_up()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])


async def beat(tab: Tab) -> None:
    """Keep proxies from taking a silent stream for a dead one."""
    while not tab.lost.is_set():
        await asyncio.sleep(_BEAT_S)
        tab.put(BEAT)
