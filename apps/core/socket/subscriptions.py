"""``rpc.subscribe`` and ``rpc.unsubscribe``: what a page hears, and what it missed."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from ..channels.bus.base import get_bus
from ..channels.namespaces import namespace_of
from ..channels.publications import Position, Recovery
from ..channels.topics import is_filter, require_filter
from .channel_rights import require_right
from .connection import Connection
from .methods import Answer, NoParams, socket_method
from .protocol import ErrorCode, RpcError
from .subscription import Subscription

MAX_CHANNELS = 1_000
MAX_RESULT_BYTES = 4 * 2**20


class Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    """``since`` is a position, or for a filter a map of positions by channel; with ``presence`` the
    subscriber is told who comes and goes.
    """

    channel: str
    since: dict[str, Any] | None = None
    retained: bool = True
    presence: bool = False


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True):
    channel: str


@socket_method("rpc.subscribe")
async def subscribe(connection: Connection, params: Subscribe) -> Answer:
    """Begin to listen. The answer says where each channel stands, what came since the given position
    (``recovered`` tells whether that is all), or else the retained value; pushes go on from there.
    """
    heard = await _require_right(connection, require_filter(params.channel))
    if params.presence:
        await require_right(connection, "presence", params.channel)
    since = _positions(params)
    subscription = Subscription(connection, params.channel, heard=heard, is_watching=params.presence)
    if not connection.can_listen:
        recoveries = await asyncio.to_thread(_recover, params, subscription, since)
        return Answer(_result(params, recoveries), afterwards=_nothing)
    await subscription.begin()
    try:
        recoveries = await asyncio.to_thread(_recover, params, subscription, since)
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


def _nothing() -> None:
    """Do nothing after an answer."""


async def _require_right(connection: Connection, filter_: str) -> str:
    """Return what of the filter this user is concerned with."""
    limit = connection.limits.socket_max_subscriptions
    if filter_ not in connection.subscriptions and len(connection.subscriptions) >= limit:
        raise RpcError(ErrorCode.BUSY, f"This socket has {limit} subscriptions; end one first.")
    namespace = await require_right(connection, "subscribe", filter_)
    return namespace.narrowed(filter_, connection.rights.user_id) or filter_


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


def _recover(
    params: Subscribe, subscription: Subscription, since: dict[str, Position]
) -> dict[str, Recovery]:
    bus = get_bus()
    if not is_filter(params.channel):
        return {params.channel: bus.recover(params.channel, since.get(params.channel))}
    names = bus.channels(subscription.heard, limit=MAX_CHANNELS + 1)
    if len(names) > MAX_CHANNELS:
        if params.since is None and not params.retained:
            return {}
        text = f"{params.channel!r} has more than {MAX_CHANNELS} channels; narrow it, or pass retained=false."
        raise RpcError(ErrorCode.INVALID_PARAMS, text)
    # Who gives positions knew all channels there were then: any other one has begun after that.
    begun = None if params.since is None else Position("", 0)
    heard = filter(subscription.may_hear, names)
    return {name: bus.recover(name, since.get(name, begun)) for name in heard}


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
