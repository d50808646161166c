"""Tells subscriptions that asked for it who comes and goes, in all processes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ..channels.bus.base import get_bus
from ..channels.hub import get_hub
from ..channels.presence import PREFIX, Board, Change
from ..channels.publications import Publication
from ..channels.topics import FilterTrie
from ..exceptions import BusUnavailable
from .protocol import notification_text

if TYPE_CHECKING:
    from .subscription import Subscription

logger = logging.getLogger(__name__)

RETRY_S = 1.0


class PresenceWatch:
    """A subscriber of the hub to the parts of all processes, while anyone watches."""

    def __init__(self) -> None:
        self.reader = self
        self._watchers: FilterTrie[Subscription] = FilterTrie()
        self._count = 0
        self._board: Board | None = None
        """None until all parts have been read; what is published meanwhile waits in ``_held``."""
        self._held: list[Publication] = []
        self._reading: asyncio.Task[None] | None = None

    def __bool__(self) -> bool:
        return self._count > 0

    async def add(self, subscription: Subscription) -> None:
        """Begin to tell the subscription. Raises BusUnavailable."""
        self._watchers.add(subscription.heard, subscription)
        self._count += 1
        if self._count == 1:
            try:
                await get_hub().add(f"{PREFIX}#", self)
            except BaseException:
                if self._watchers.remove(subscription.heard, subscription):
                    self._count -= 1
                raise
            self.missed()

    def remove(self, subscription: Subscription) -> None:
        """End what ``add`` began; harmless when repeated, and during ``add``."""
        if not self._watchers.remove(subscription.heard, subscription):
            return
        self._count -= 1
        if not self._count:
            get_hub().remove(f"{PREFIX}#", self)
            self._board = None
            self._held = []

    def deliver(self, publication: Publication, frame: str) -> bool:
        if self._board is None or self._reading is not None:
            self._held.append(publication)
        else:
            self._tell(self._board.take(publication))
        return True

    def missed(self) -> None:
        """Read all parts."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read())

    async def reconsider(self) -> None:
        """Nothing to do: each telling is checked by the subscription."""

    async def _read(self) -> None:
        try:
            parts = await self._parts()
            if not self._count:
                return
            if self._board is None:
                self._board = Board()
                self._board.replace(parts)
            else:
                self._tell(self._board.replace(parts))
            held, self._held = self._held, []
            for publication in held:
                self._tell(self._board.take(publication))
        finally:
            self._reading = None

    async def _parts(self) -> list[Publication]:
        while self._count:
            try:
                return await asyncio.to_thread(get_bus().retained, f"{PREFIX}#")
            except BusUnavailable as error:
                logger.warning("Who listens cannot be read: %s", error)
                await asyncio.sleep(RETRY_S)
        return []

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            watchers = self._watchers.matching(change.channel)
            if watchers:
                action = "join" if change.has_joined else "leave"
                params = {"channel": change.channel, "action": action, "client": change.client}
                frame = notification_text("rpc.presence", params)
                for connection in {one.connection for one in watchers if one.may_see(change)}:
                    connection.outbox.event(PREFIX + change.channel, None, frame)
