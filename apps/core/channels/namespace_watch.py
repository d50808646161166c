"""Has the subscribers of a loop look at their rights again when namespaces have changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .namespace_rows import MAX_AGE_S, namespace_rows
from .namespaces import namespaces

if TYPE_CHECKING:
    from .hub import Subscriber

logger = logging.getLogger(__name__)


class NamespaceWatch:
    """Reads the rows when ``look`` is called, and once a minute; the subscribers are asked one reader after
    the other, so that a thousand of them do not ask the database at once.
    """

    def __init__(self, subscribers: Callable[[], Iterable[Subscriber]]) -> None:
        self._subscribers = subscribers
        self._seen = -1
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def start(self) -> None:
        """Begin to watch; harmless when repeated."""
        if self._timer is None:
            self._seen = namespaces.version
            self._timer = asyncio.get_running_loop().call_later(MAX_AGE_S, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def look(self) -> None:
        """Read the rows soon, and tell the subscribers if they changed anything."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look())
        else:
            self._again = True

    def _tick(self) -> None:
        self._timer = None
        self.start()
        self.look()

    async def _look(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await asyncio.to_thread(namespace_rows.read)
                if namespaces.version != self._seen:
                    self._seen = namespaces.version
                    await self._tell()
        finally:
            self._task = None

    async def _tell(self) -> None:
        for subscriber in {subscriber.reader: subscriber for subscriber in self._subscribers()}.values():
            try:
                await subscriber.reconsider()
            except Exception:
                logger.exception("A subscriber could not take over changed namespaces")
