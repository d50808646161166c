"""Texts on their way from whoever makes them to a response that is being sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

END = ""
"""What ends a pipe: no text is empty."""


class Pipe:
    """Holds one text; who puts the next one waits. So a reader that is slow is felt by the sender."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue(1)

    async def put(self, text: str) -> None:
        await self._queue.put(text)

    async def end(self) -> None:
        """Let the reader end, after what was put before."""
        await self._queue.put(END)

    async def texts(self) -> AsyncGenerator[str, None]:
        while (text := await self._queue.get()) != END:
            yield text


def one_line(text: str) -> str:
    """Return the same JSON without line ends: outside of its strings, where none can be, they are blanks."""
    return text.replace("\r", " ").replace("\n", " ") if "\n" in text or "\r" in text else text
