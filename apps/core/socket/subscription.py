"""One filter of one connection: what it may hear of it, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..channels.hub import get_hub
from ..channels.namespaces import Namespace, namespaces
from ..channels.presence import Change
from ..channels.publications import Position, Publication
from ..channels.topics import is_filter
from .presence import Presence, get_presence
from .rights import allows_filter

if TYPE_CHECKING:
    from .connection import Connection


Put = Callable[[str, int, str], None]


class Subscription:
    """Holds publications back until the answer to the request is queued, and drops those that the answer
    told of; and again while a new rule of the namespace is not decided. ``heard`` is what of the filter the
    hub brings: of personal channels, the user's own.
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
        self._awaits_rights = False
        self._told: dict[str, Position] = {}
        self._ended = False
        self._is_watching = is_watching
        self._open_channels: dict[str, bool] | None = None
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
        if namespace is None:
            return set()
        rules = {rule for verb in verbs if (rule := namespace.rule(verb))}
        return rules | (namespace.channel_rules.rules(self.filter) if namespace.channel_rules else set())

    def is_allowed(self) -> bool:
        """Whether the user, as last looked up, still may listen to what the filter names."""
        if is_filter(self.filter) and self._in_force() and self._open_channels is not None:
            return True
        return self.may_hear(self.filter)

    def deliver(self, publication: Publication, frame: str) -> bool:
        if self._held is not None:
            self._hold(publication, frame)
            return False
        if self._told and self._is_told(publication):
            return False
        channel = publication.channel
        if not self.may_hear(channel):
            if self._awaits_rights:
                self._hold(publication, frame)
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
        for subscription in list(self.connection.subscriptions.values()):
            subscription._go_on()
            get_presence().reconsider(self.connection, subscription.filter)

    def may_see(self, change: Change) -> bool:
        """Whether the reader is to hear that someone else came or went."""
        if self._held is not None or change.client.client == self.connection.id:
            return False
        if not self.may_hear(change.channel) or self._namespace is None:
            return False
        return self.connection.rights.allows(self._namespace.rule("presence") or "")

    def _go_on(self) -> None:
        """Let through, or drop, what came while a new rule was not decided."""
        if self._awaits_rights and self._rights.knows(self._rule()):
            self._awaits_rights = False
            self.release(self._told)

    def _rule(self) -> str | None:
        namespace = self._named()
        return None if namespace is None else namespace.rule("subscribe")

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

    def may_hear(self, channel: str) -> bool:
        """Whether the reader may listen to this channel, as far as rights were looked up."""
        if not self._in_force():
            return False
        assert self._namespace is not None
        if self._open_channels is not None:
            return self._may_hear_one(channel, self._open_channels)
        if not self._namespace.personal:
            return True
        return self._namespace.narrowed(channel, self._rights.user_id) is not None

    def _in_force(self) -> bool:
        """Decide once for all channels, since a filter names one namespace; again when anything changed."""
        if self._namespaces_version != namespaces.version or self._rights_version != self._rights.version:
            self._decide()
        return self._namespace is not None

    def _decide(self) -> None:
        self._namespaces_version, self._rights_version = namespaces.version, self._rights.version
        namespace = self._named()
        is_open = namespace is not None and allows_filter(self._rights, namespace, self.filter)
        if self._held is None and not self._rights.knows(self._rule()):
            self._awaits_rights, self._held = True, []
        self._namespace = namespace if is_open else None
        self._open_channels = {} if is_open and namespace and namespace.channel_rules else None
        outbox = self.connection.outbox
        self._put = outbox.latest if namespace is not None and namespace.latest else outbox.event

    def _may_hear_one(self, channel: str, known: dict[str, bool]) -> bool:
        """Decide once for each channel, where each has a rule of its own."""
        assert self._namespace is not None and self._namespace.channel_rules is not None
        if channel not in known:
            rule = self._namespace.channel_rules.rule(channel)
            known[channel] = rule is not None and self._rights.allows(rule)
        return known[channel]

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
