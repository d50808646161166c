"""Rows that every request needs: read at most once a second, by whoever finds them too old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from .socket.pool import in_pool

T = TypeVar("T")

MAX_AGE_S = 1.0
"""For how long rows are taken for what they were when they were read."""


class FreshRows(Generic[T]):
    """``read`` asks the database and is called in a thread; ``value`` is what it returned last. ``changed``
    is called on the loop when that is another value than before.
    """

    def __init__(self, read: Callable[[], T], value: T, *, changed: Callable[[], None] | None = None) -> None:
        self.value = value
        self._read = read
        self._changed = changed
        self._read_at = float("-inf")
        self._reading: asyncio.Future[None] | None = None

    def is_fresh(self, *, now: float) -> bool:
        """Whether ``value`` may be used, at this moment of the monotonic clock."""
        return now - self._read_at < MAX_AGE_S

    async def refresh(self) -> T:
        """Read the rows; who asks while they are being read waits for the same answer."""
        if self._reading is None or self._reading.get_loop() is not asyncio.get_running_loop():
            self._reading = asyncio.ensure_future(self._refresh())
        await asyncio.shield(self._reading)
        return self.value

    def forget(self) -> None:
        """Have the rows read again before the next use."""
        self._read_at = float("-inf")

    async def _refresh(self) -> None:
        asked_at = time.monotonic()
        try:
            value = await in_pool(self._read)
            has_changed = value != self.value
            self.value = value
            if has_changed and self._changed is not None:
                self._changed()
            self._read_at = asked_at
        finally:
            self._reading = None
