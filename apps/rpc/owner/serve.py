"""The owner process itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ...core.local_socket import is_of_this_user
from .line import Line
from .peer import RightsOfUsers
from .place import held_lock, listen, take_over

STOP_S = 10.0
CLOSE_S = 2.0


class Owner:
    """Serves the lines of all web processes, until it is told to stop."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._users = RightsOfUsers()
        self._lines: dict[Line, asyncio.Task[object] | None] = {}

    def stop(self) -> None:
        """Have ``run`` return once the calls that run have ended, after STOP_S at the latest."""
        self._stop.set()

    async def run(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Own the objects; ``ready`` is called once web processes can connect. Raises AlreadyRuns."""
        with held_lock():
            take_over()
            server = await asyncio.start_unix_server(self._take, sock=listen())
            ready()
            await self._stop.wait()
            server.close()
            await self._end()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not is_of_this_user(writer.get_extra_info("socket")):
            writer.close()
            return
        line = Line(reader, writer, self._users, is_stopping=self._stop.is_set)
        self._lines[line] = asyncio.current_task()
        try:
            await line.serve()
        finally:
            del self._lines[line]

    async def _end(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                for line in list(self._lines):
                    await line.idle.wait()
        tasks = [task for task in self._lines.values() if task is not None]
        for line in list(self._lines):
            line.close()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
