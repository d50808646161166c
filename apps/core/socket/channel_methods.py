"""What a page says on channels, and what it asks of the bus."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import msgspec

from ..channels.bus.base import get_bus
from ..channels.namespaces import Namespace, namespaces
from ..channels.presence import Client, present_on
from ..channels.publications import Position, Publication
from ..channels.publish import publish_now
from ..channels.topics import require_filter, require_topic
from .channel_rights import ensure_fresh_namespaces, require_right
from .methods import socket_method
from .peer import Peer
from .presence import get_presence

MAX_CHANNELS = 1_000
MAX_CLIENTS = 10_000
MAX_HISTORY_BYTES = 2**20


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    channel: str
    data: Any


class History(msgspec.Struct, forbid_unknown_fields=True):
    """``since``: only what came after it, the oldest first; without it the newest ones."""

    channel: str
    since: Position | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100


class PresenceOf(msgspec.Struct, forbid_unknown_fields=True):
    channel: str


class Channels(msgspec.Struct, forbid_unknown_fields=True):
    filter: str = "#"


@socket_method("rpc.publish")
async def publish(peer: Peer, params: Publish) -> Position:
    """Say something on a channel; answers with its place there."""
    await require_right(peer, "publish", require_topic(params.channel))
    return await asyncio.to_thread(publish_now, params.channel, params.data)


@socket_method("rpc.history")
async def history(peer: Peer, params: History) -> dict[str, Any]:
    """Answer with what the channel keeps, in order, and where it stands now."""
    namespace = await require_right(peer, "history", require_topic(params.channel))
    position, found = await asyncio.to_thread(_kept, namespace, params)
    return {"epoch": position.epoch, "offset": position.offset, "publications": found}


@socket_method("rpc.presence")
async def presence(peer: Peer, params: PresenceOf) -> dict[str, list[Client]]:
    """Answer with the sockets that listen to the channel by its name, in all processes."""
    await require_right(peer, "presence", require_topic(params.channel))
    await get_presence().told()
    found = await asyncio.to_thread(lambda: present_on(get_bus(), params.channel))
    return {"clients": found[:MAX_CLIENTS]}


@socket_method("rpc.channels")
async def channels(peer: Peer, params: Channels) -> list[str]:
    """Answer with the names of the known channels that the caller may hear, at most 1,000."""
    filter_ = require_filter(params.filter)
    await ensure_fresh_namespaces()
    in_force = namespaces.in_force()
    rules = {rule for entry in in_force if (rule := entry.rule("subscribe"))}
    rules |= {rule for entry in in_force if entry.channel_rules for rule in entry.channel_rules.rules("#")}
    if not await peer.rights.refresh(*rules):
        return []
    heard = [
        own
        for entry in in_force
        if peer.rights.allows(entry.rule("subscribe") or "")
        and (part := _below(filter_, entry.name)) is not None
        and (own := entry.narrowed(part, peer.rights.user_id)) is not None
    ]
    return [name for name in await asyncio.to_thread(_known, heard) if _may_hear(peer, name)]


def _may_hear(peer: Peer, channel: str) -> bool:
    namespace = namespaces.find(channel.partition("/")[0])
    if namespace is None or namespace.channel_rules is None:
        return namespace is not None
    return peer.rights.allows(namespace.channel_rules.rule(channel) or "")


def _below(filter_: str, name: str) -> str | None:
    """Return what of the filter lies in the namespace of this name."""
    first, slash, rest = filter_.partition("/")
    if first == "#":
        return f"{name}/#"
    return f"{name}{slash}{rest}" if first in ("+", name) else None


def _known(filters: list[str]) -> list[str]:
    found: list[str] = []
    for filter_ in filters:
        found += get_bus().channels(filter_, limit=MAX_CHANNELS - len(found))
    return sorted(found)


def _kept(namespace: Namespace, params: History) -> tuple[Position, list[Publication]]:
    bus, beginning = get_bus(), Position("", 0)
    since = params.since or beginning
    recovery = bus.recover(params.channel, since, partial=True)
    if since.epoch not in ("", recovery.position.epoch):
        recovery = bus.recover(params.channel, beginning, partial=True)
    oldest = recovery.position.offset - namespace.history_size
    after = time.time() - namespace.history_age_s
    found = [one for one in recovery.publications if one.offset > oldest and one.at >= after]
    is_forward = params.since is not None
    found = found[: params.limit] if is_forward else found[-params.limit :]
    return recovery.position, _that_fit(found, is_forward=is_forward)


def _that_fit(publications: list[Publication], *, is_forward: bool) -> list[Publication]:
    """Leave out what is too much for one answer, at the end that the caller asks for next."""
    taken: list[Publication] = []
    left = MAX_HISTORY_BYTES
    for publication in publications if is_forward else reversed(publications):
        left -= len(bytes(publication.data))
        if left < 0 and taken:
            break
        taken.append(publication)
    return taken if is_forward else taken[::-1]
