"""One subscription: an asynchronous iterator over what is published."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

from .events import Event, Gap, Item, Position, Presence
from .positions import Positions, Since


class Table(Protocol):
    """What a subscription needs of the client."""

    def ask(self, subscription: Subscription) -> None: ...

    async def remove(self, subscription: Subscription) -> None: ...


class Subscription:
    """Yields an Event for each publication, once and in order, also after a broken line; a Gap where some are
    lost for good; and a Presence for who joins and leaves, if that was asked for.

    Begins at once. Raises what the server answers if it refuses, when iterated. Holds at most ``max_queue``
    items: what comes on top is fetched again from the server's history when the queue is empty. The end of an
    ``async with`` block, or ``close()``, ends it.
    """

    def __init__(
        self,
        table: Table,
        filter_: str,
        *,
        since: Since | None = None,
        retained: bool = True,
        presence: bool = False,
        max_queue: int = 1_000,
    ) -> None:
        self.filter = filter_
        self.is_live = False
        self.asking: asyncio.Task[None] | None = None
        self._table = table
        self._places = Positions(filter_, since)
        self._retained = retained
        self._presence = presence
        self._max_queue = max_queue
        self._items: deque[Item] = deque()
        self._taken: dict[str, Position] = dict(self._places.seen)
        self._is_behind = False
        self._missed_presence = False
        self._has_agreed = False
        self._end: BaseException | None = None
        self._changed = asyncio.Event()

    @property
    def positions(self) -> dict[str, Position]:
        """Up to where each channel was yielded; ``since`` of a later subscription goes on from there."""
        return dict(self._taken)

    async def agreed(self) -> None:
        """Return once the server has agreed for the first time. Raises what it refuses with."""
        while not self._has_agreed and self._end is None:
            await self._change()
        if not self._has_agreed and self._end is not None and not isinstance(self._end, StopAsyncIteration):
            raise self._end

    async def close(self) -> None:
        """End it; harmless when repeated."""
        self.end(StopAsyncIteration())
        await self._table.remove(self)

    async def __aenter__(self) -> Subscription:
        try:
            await self.agreed()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Item:
        while not self._items:
            if self._end is not None:
                raise self._end
            if self._missed_presence:
                self._missed_presence = False
                return Gap(self.filter)
            if self._is_behind:
                self._is_behind = False
                self._table.ask(self)
            await self._change()
        item = self._items.popleft()
        if isinstance(item, Event):
            self._taken[item.channel] = item.position
        return item

    def params(self) -> dict[str, Any]:
        """Return what to ask the server with."""
        for gap in self._places.shorten():
            self._put(gap)
        params: dict[str, Any] = {"channel": self.filter, "retained": self._retained or self._has_agreed}
        since = self._places.since()
        if since is not None:
            params["since"] = since
        if self._presence:
            params["presence"] = True
        return params

    def take(self, answer: Mapping[str, Any]) -> None:
        """Take the server's agreement, with what was missed."""
        is_first = not self._places.is_resumed
        for item in self._places.take(answer):
            if is_first and isinstance(item, Event):
                self._taken.setdefault(item.channel, Position(item.epoch, item.offset - 1))
            self._put(item)
        queued = {item.channel for item in self._items}
        self._taken |= {name: place for name, place in self._places.seen.items() if name not in queued}
        self.is_live = True
        self._has_agreed = True
        self._changed.set()

    def give(self, event: Event) -> None:
        """Take an event of this subscription's channels."""
        if not self.is_live or not self._places.names(event.channel):
            return
        if len(self._items) >= self._max_queue:
            self.is_live = False
            self._is_behind = True
        elif self._places.give(event):
            self._put(event)

    def tell(self, presence: Presence) -> None:
        """Take who joins or leaves."""
        if not self._presence or not self._places.names(presence.channel):
            return
        if len(self._items) < self._max_queue:
            self._put(presence)
        else:
            self._missed_presence = True

    def names(self, channel: str) -> bool:
        """Whether a channel, or the filter itself, is this subscription's."""
        return channel == self.filter or self._places.names(channel)

    def pause(self) -> None:
        """The line broke: what comes next is asked for, from the last position on."""
        self.is_live = False

    def end(self, error: BaseException) -> None:
        """Raise this once what is queued has been taken; the first end counts."""
        self.is_live = False
        if self._end is None:
            self._end = error
        self._changed.set()

    @property
    def wants_to_ask(self) -> bool:
        """Whether the server should be asked now: not while the consumer is behind."""
        return not (self.is_live or self.asking or self._is_behind or self._end is not None)

    def _put(self, item: Item) -> None:
        self._items.append(item)
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
