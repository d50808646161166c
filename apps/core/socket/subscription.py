"""One filter of one connection: what it may hear of it, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..channels.hub import get_hub
from ..channels.namespaces import Namespace, namespaces
from ..channels.presence import Change
from ..channels.publications import Position, Publication
from .presence import Presence, get_presence

if TYPE_CHECKING:
    from .connection import Connection


Put = Callable[[str, int, str], None]


class Subscription:
    """Holds publications back until the answer to the request is queued, and drops those that the answer
    told of. ``heard`` is what of the filter the hub brings: of personal channels, the user's own.
    """

    def __init__(
        self, connection: Connection, filter_: str, *, heard: str = "", is_watching: bool = False
    ) -> None:
        self.connection = connection
        self.filter = filter_
        self.heard = heard or filter_
        self.reader = connection
        self._rights = connection.rights
        self._held: list[tuple[Publication, str]] | None = []
        self._missed_while_holding = False
        self._told: dict[str, Position] = {}
        self._ended = False
        self._is_watching = is_watching
        self._namespace: Namespace | None = None
        """Where the reader may hear; None where they may not. As of the two versions."""
        self._namespaces_version = self._rights_version = -1
        self._put: Put = connection.outbox.event

    async def begin(self) -> None:
        """Return when nothing published from now on can be missed. Raises BusUnavailable."""
        replaced = self.connection.subscriptions.get(self.filter)
        if replaced is not None:
            replaced.end()
        self.connection.subscriptions[self.filter] = self
        try:
            await get_hub().add(self.heard, self)
        except BaseException:
            self._forget()
            self._ended = True
            raise
        presence = get_presence()
        presence.reconsider(self.connection, self.filter)
        if self._is_watching:
            await self._begin_to_watch(presence)

    def release(self, told: dict[str, Position]) -> None:
        """Let publications through, from after these positions on."""
        self._told = told
        held, self._held = self._held or [], None
        for publication, frame in held:
            self.deliver(publication, frame)
        if self._missed_while_holding:
            self.missed()

    def end(self) -> None:
        """Hear nothing any more; harmless when repeated."""
        if not self._ended:
            self._ended = True
            self._forget()
            get_hub().remove(self.heard, self)
            presence = get_presence()
            presence.reconsider(self.connection, self.filter)
            if self._is_watching:
                presence.watch.remove(self)

    def rules(self) -> set[str]:
        """Return the access rules that decide about what the reader gets."""
        verbs = ("subscribe", "presence") if self._is_watching else ("subscribe",)
        namespace = self._named()
        return {rule for verb in verbs if namespace is not None and (rule := namespace.rule(verb))}

    def is_allowed(self) -> bool:
        """Whether the user, as last looked up, still may listen to what the filter names."""
        return self._may_hear(self.filter)

    def deliver(self, publication: Publication, frame: str) -> bool:
        if self._held is not None:
            self._hold(publication, frame)
            return False
        if self._told and self._is_told(publication):
            return False
        channel = publication.channel
        if not self._may_hear(channel):
            return False
        self._put(channel, publication.offset, frame)
        return True

    def missed(self) -> None:
        if self._held is not None:
            self._missed_while_holding = True
        else:
            self.connection.outbox.lag(self.filter, None, None)

    async def reconsider(self) -> None:
        await self.connection.check_session()
        for filter_ in list(self.connection.subscriptions):
            get_presence().reconsider(self.connection, filter_)

    def may_see(self, change: Change) -> bool:
        """Whether the reader is to hear that someone else came or went."""
        if self._held is not None or change.client.client == self.connection.id:
            return False
        if not self._may_hear(change.channel) or self._namespace is None:
            return False
        return self.connection.rights.allows(self._namespace.rule("presence") or "")

    def _hold(self, publication: Publication, frame: str) -> None:
        assert self._held is not None
        if len(self._held) < self.connection.limits.socket_max_queued_messages:
            self._held.append((publication, frame))
        else:
            self._missed_while_holding = True

    def _is_told(self, publication: Publication) -> bool:
        told = self._told.get(publication.channel)
        if told is None:
            return False
        if told.epoch == publication.epoch and publication.offset <= told.offset:
            return True
        del self._told[publication.channel]
        return False

    def _may_hear(self, channel: str) -> bool:
        """Decide once for all channels, since a filter names one namespace; again when anything changed."""
        if self._namespaces_version != namespaces.version or self._rights_version != self._rights.version:
            self._decide()
        namespace = self._namespace
        if namespace is None or not namespace.personal:
            return namespace is not None
        return namespace.narrowed(channel, self._rights.user_id) is not None

    def _decide(self) -> None:
        self._namespaces_version, self._rights_version = namespaces.version, self._rights.version
        namespace = self._named()
        is_open = namespace is not None and self._rights.allows(namespace.rule("subscribe") or "")
        self._namespace = namespace if is_open else None
        outbox = self.connection.outbox
        self._put = outbox.latest if namespace is not None and namespace.latest else outbox.event

    async def _begin_to_watch(self, presence: Presence) -> None:
        try:
            await presence.watch.add(self)
        except BaseException:
            self._is_watching = False
            self.end()
            raise

    def _named(self) -> Namespace | None:
        return namespaces.find(self.filter.partition("/")[0])

    def _forget(self) -> None:
        if self.connection.subscriptions.get(self.filter) is self:
            del self.connection.subscriptions[self.filter]
