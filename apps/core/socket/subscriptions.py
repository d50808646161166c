"""``rpc.subscribe`` and ``rpc.unsubscribe``: what a page hears, and what it missed."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from ..channels.bus.base import get_bus
from ..channels.hub import get_hub
from ..channels.namespaces import namespace_of, namespaces
from ..channels.publications import Position, Publication, Recovery
from ..channels.topics import is_filter, require_filter
from .connection import Connection
from .methods import Answer, NoParams, socket_method
from .protocol import CloseCode, ErrorCode, RpcError

MAX_CHANNELS = 1_000
MAX_RESULT_BYTES = 4 * 2**20


class Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    """``since`` is a position, or for a filter a map of positions by channel."""

    channel: str
    since: dict[str, Any] | None = None
    retained: bool = True


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True):
    channel: str


class Subscription:
    """One filter of one connection. It holds publications back until the answer to the request is queued,
    and drops those that the answer told of.
    """

    def __init__(self, connection: Connection, filter_: str) -> None:
        self.connection = connection
        self.filter = filter_
        self._held: list[tuple[Publication, str]] | None = []
        self._missed_while_holding = False
        self._told: dict[str, Position] = {}
        self._ended = False

    @property
    def reader(self) -> Connection:
        return self.connection

    async def begin(self) -> None:
        """Return when nothing published from now on can be missed. Raises BusUnavailable."""
        replaced = self.connection.subscriptions.get(self.filter)
        if replaced is not None:
            replaced.end()
        self.connection.subscriptions[self.filter] = self
        try:
            await get_hub().add(self.filter, self)
        except BaseException:
            self._forget()
            self._ended = True
            raise

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
            get_hub().remove(self.filter, self)

    def is_allowed(self) -> bool:
        """Whether the user, as last looked up, still may listen to what the filter names."""
        return self._may_hear(self.filter)

    def deliver(self, publication: Publication, frame: str) -> bool:
        if self._held is not None:
            self._hold(publication, frame)
            return False
        if self._is_told(publication) or not self._may_hear(publication.channel):
            return False
        self.connection.outbox.event(publication.channel, publication.offset, frame)
        return True

    def missed(self) -> None:
        if self._held is not None:
            self._missed_while_holding = True
        else:
            self.connection.outbox.lag(self.filter, None, None)

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
        first = channel.partition("/")[0]
        return first in namespaces and self.connection.rights.allows(namespaces.get(first).subscribe)

    def _forget(self) -> None:
        if self.connection.subscriptions.get(self.filter) is self:
            del self.connection.subscriptions[self.filter]


@socket_method("rpc.subscribe")
async def subscribe(connection: Connection, params: Subscribe) -> Answer:
    """Begin to listen. The answer says where each channel stands, what came since the given position
    (``recovered`` tells whether that is all), or else the retained value; pushes go on from there.
    """
    await _require_right(connection, require_filter(params.channel))
    since = _positions(params)
    subscription = Subscription(connection, params.channel)
    await subscription.begin()
    try:
        recoveries = await asyncio.to_thread(_recover, params, since)
        result = _result(params, recoveries)
    except BaseException:
        subscription.end()
        raise
    told = {channel: recovery.position for channel, recovery in recoveries.items()}
    return Answer(result, afterwards=lambda: subscription.release(told))


@socket_method("rpc.unsubscribe")
async def unsubscribe(connection: Connection, params: Unsubscribe) -> bool:
    """Stop listening; false when there was no such subscription."""
    subscription = connection.subscriptions.get(params.channel)
    if subscription is None:
        return False
    subscription.end()
    return True


@socket_method("rpc.ping")
async def ping(connection: Connection, params: NoParams) -> str:
    """Answer ``"pong"``."""
    return "pong"


async def _require_right(connection: Connection, filter_: str) -> None:
    limit = connection.limits.socket_max_subscriptions
    if filter_ not in connection.subscriptions and len(connection.subscriptions) >= limit:
        raise RpcError(ErrorCode.BUSY, f"This socket has {limit} subscriptions; end one first.")
    if not await connection.rights.require_subscribe(namespace_of(filter_)):
        connection.close(CloseCode.SESSION_ENDED)
        raise RpcError(ErrorCode.REFUSED, "The session has ended; log in again.")


def _positions(params: Subscribe) -> dict[str, Position]:
    given = params.since
    if given is None:
        return {}
    try:
        return msgspec.convert(
            given if is_filter(params.channel) else {params.channel: given}, dict[str, Position]
        )
    except msgspec.ValidationError as error:
        raise RpcError(ErrorCode.INVALID_PARAMS, f"rpc.subscribe: since: {error}.") from error


def _recover(params: Subscribe, since: dict[str, Position]) -> dict[str, Recovery]:
    bus = get_bus()
    if not is_filter(params.channel):
        return {params.channel: bus.recover(params.channel, since.get(params.channel))}
    names = bus.channels(params.channel, limit=MAX_CHANNELS + 1)
    if len(names) > MAX_CHANNELS:
        if params.since is None and not params.retained:
            return {}
        text = f"{params.channel!r} has more than {MAX_CHANNELS} channels; narrow it, or pass retained=false."
        raise RpcError(ErrorCode.INVALID_PARAMS, text)
    # Who gives positions knew all channels there were then: any other one has begun after that.
    begun = None if params.since is None else Position("", 0)
    return {name: bus.recover(name, since.get(name, begun)) for name in names}


def _result(params: Subscribe, recoveries: dict[str, Recovery]) -> dict[str, Any]:
    budget = MAX_RESULT_BYTES
    channels: dict[str, Any] = {}
    for channel, recovery in recoveries.items():
        channels[channel], size = _told_of(recovery, budget=budget, retained=params.retained)
        budget -= size
        if budget < 0:
            text = f"The retained values of {params.channel!r} are too large for one answer; narrow it."
            raise RpcError(ErrorCode.INVALID_PARAMS, text)
    answer = {"channel": params.channel, "retains": namespace_of(params.channel).retain}
    return answer | ({"channels": channels} if is_filter(params.channel) else channels[params.channel])


def _told_of(recovery: Recovery, *, budget: int, retained: bool) -> tuple[dict[str, Any], int]:
    """Return one channel's part of the answer and its size; history that does not fit is not recovered."""
    size = sum(len(bytes(publication.data)) for publication in recovery.publications)
    recovered = recovery.recovered and size <= budget
    kept = recovery.retained if retained and not recovered else None
    part = {
        "epoch": recovery.position.epoch,
        "offset": recovery.position.offset,
        "recovered": recovered,
        "publications": recovery.publications if recovered else [],
        "retained": kept,
    }
    if not recovered:
        size = len(bytes(kept.data)) if kept is not None else 0
    return part, size
