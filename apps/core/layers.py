"""A CHANNEL_LAYERS backend over the site's bus, for code that uses plain Channels groups."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from channels.layers import InMemoryChannelLayer

from .channels.bus.base import get_bus
from .channels.bus.follow import SharedFollower
from .channels.publications import Outgoing, Publication

logger = logging.getLogger(__name__)

TOPIC = "$layer/"
"""Before the names of groups; no namespace and so no subscription has it."""


class BusLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """Groups reach the consumers of all processes; ``send`` to one channel stays in its own process.

    Messages are what msgpack carries: JSON and bytes. At most once, as Channels promises: a consumer
    that has ``capacity`` messages waiting loses the next one, which is logged.
    """

    def __init__(self, *, capacity: int = 1_000, **options: Any) -> None:
        super().__init__(capacity=capacity, **options)
        self._follower = SharedFollower(deliver=self._deliver, missed=self._log_missed)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.require_valid_group_name(group)
        data = msgspec.msgpack.encode(message)
        await asyncio.to_thread(get_bus().publish, [Outgoing(TOPIC + group, data)])

    async def group_add(self, group: str, channel: str) -> None:
        await super().group_add(group, channel)
        await self._follower.ensure_started()

    async def close(self) -> None:
        self._follower.stop()

    def _deliver(self, publications: Sequence[Publication]) -> None:
        for publication in publications:
            if publication.channel.startswith(TOPIC):
                self._deliver_one(publication.channel.removeprefix(TOPIC), bytes(publication.data))

    def _deliver_one(self, group: str, data: bytes) -> None:
        for channel in self.groups.get(group, ()):
            capacity = self.get_capacity(channel)
            queue = self.channels.setdefault(channel, asyncio.Queue(maxsize=capacity))
            if queue.full():
                logger.warning("group=%s channel=%s lost a message: %s are waiting", group, channel, capacity)
            else:
                queue.put_nowait((time.time() + self.expiry, msgspec.msgpack.decode(data)))

    @staticmethod
    def _log_missed() -> None:
        logger.warning("Messages to groups were lost: this process was away for longer than the bus keeps.")
