"""One hub a process: its local subscriptions, fed by one follower of the bus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

import msgspec

from .bus.follow import SharedFollower
from .namespace_rows import NOTICE
from .namespace_watch import NamespaceWatch
from .publications import Publication
from .topics import FilterTrie

logger = logging.getLogger(__name__)


class Subscriber(Protocol):
    """One subscription of one reader. Its methods are called in the loop and must not block."""

    @property
    def reader(self) -> object:
        """Who reads: of several subscriptions of one reader, only one delivers a publication."""
        ...

    def deliver(self, publication: Publication, frame: str) -> bool:
        """Take a publication and its ``rpc.event``, encoded once for all; False: not sent, or not yet."""
        ...

    def missed(self) -> None:
        """Learn that publications were lost, nobody knows which."""
        ...

    async def reconsider(self) -> None:
        """Learn that namespaces have changed; one subscriber of each reader is asked."""
        ...


class _Event(msgspec.Struct, frozen=True):
    channel: str
    data: msgspec.Raw
    offset: int
    epoch: str


class _EventFrame(msgspec.Struct, frozen=True):
    params: _Event
    jsonrpc: str = "2.0"
    method: str = "rpc.event"


_encoder = msgspec.json.Encoder()


def event_frame(publication: Publication) -> str:
    """Return the JSON-RPC notification that carries a publication."""
    event = _Event(publication.channel, publication.data, publication.offset, publication.epoch)
    return _encoder.encode(_EventFrame(event)).decode()


class Hub:
    """The subscribers of one event loop. It follows the bus only while it has any."""

    def __init__(self) -> None:
        self._trie: FilterTrie[Subscriber] = FilterTrie()
        self._count = 0
        self._follower = SharedFollower(deliver=self._deliver, missed=self._tell_missed)
        self._watch = NamespaceWatch(self._trie.items)

    async def add(self, filter_: str, subscriber: Subscriber) -> None:
        """Return when all that is published from now on will reach the subscriber. Raises BusUnavailable."""
        self._trie.add(filter_, subscriber)
        self._count += 1
        self._watch.start()
        try:
            await self._follower.ensure_started()
        except BaseException:
            self.remove(filter_, subscriber)
            raise

    def remove(self, filter_: str, subscriber: Subscriber) -> None:
        """End a subscription that ``add`` began; harmless when repeated, and during ``add``."""
        if not self._trie.remove(filter_, subscriber):
            return
        self._count -= 1
        if not self._count:
            self._follower.stop()
            self._watch.stop()

    def _deliver(self, publications: Sequence[Publication]) -> None:
        for publication in publications:
            if publication.channel == NOTICE:
                self._watch.look()
            subscribers = self._trie.matching(publication.channel)
            if subscribers:
                self._deliver_one(publication, subscribers)

    def _deliver_one(self, publication: Publication, subscribers: set[Subscriber]) -> None:
        frame = event_frame(publication)
        served: set[object] = set()
        for subscriber in subscribers:
            reader = subscriber.reader
            if reader in served:
                continue
            try:
                if subscriber.deliver(publication, frame):
                    served.add(reader)
            except Exception:
                logger.exception("channel=%s could not be delivered to one subscriber", publication.channel)

    def _tell_missed(self) -> None:
        self._watch.look()
        for subscriber in self._trie.items():
            subscriber.missed()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """Return the hub of the running loop; a server process has one loop and so one hub."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
