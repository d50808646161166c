"""``publish``: the one way for the site's own code to say something on a channel."""

from __future__ import annotations

import logging
import math
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.db import transaction

from ..access import Actor
from ..exceptions import BusUnavailable, CannotPublish
from .access import require_channel_access
from .bus.base import get_bus
from .namespace_rows import namespace_rows
from .namespaces import namespace_of
from .publications import Outgoing, Position
from .topics import require_topic

MAX_DATA_BYTES = 256 * 2**10

logger = logging.getLogger(__name__)

_encoder = msgspec.json.Encoder()


def publish(channel: str, value: Any) -> None:
    """Send the value, as JSON, to everyone who may and does listen to the channel.

    Callable in every process of the site. Inside ``atomic()`` it is sent when the outermost block
    commits, and not at all when it rolls back. Raises BadTopic, UnknownNamespace, CannotPublish
    (no JSON, NaN or infinite, more than 256 KiB), and outside of a transaction BusUnavailable.
    """
    namespace_rows.ensure_fresh()
    _send(_outgoing(channel, value))


async def apublish(channel: str, value: Any) -> None:
    """Do what ``publish`` does, from a coroutine."""
    await sync_to_async(publish)(channel, value)


def publish_as(actor: Actor, channel: str, value: Any) -> Position | None:
    """Publish for a person: only where the namespace's ``publish`` rule lets them. May query the database.

    Returns the publication's place in its channel, None inside a transaction, which has yet to commit.
    Raises AccessDenied and what ``publish`` raises.
    """
    namespace_rows.ensure_fresh()
    require_channel_access(actor, namespace_of(require_topic(channel)), "publish", channel)
    return _send(_outgoing(channel, value))


def publish_now(channel: str, value: Any) -> Position:
    """Publish at once, whatever transaction is open, and return the publication's place in its channel."""
    return get_bus().publish([_outgoing(channel, value)])[0]


def _send(message: Outgoing) -> Position | None:
    if transaction.get_connection().in_atomic_block:
        _send_on_commit(message)
        return None
    return get_bus().publish([message])[0]


def clear(channel: str) -> None:
    """Forget the channel's retained value at once; who comes later gets none. Raises BusUnavailable."""
    get_bus().clear(require_topic(channel))


def _outgoing(channel: str, value: Any) -> Outgoing:
    namespace = namespace_of(require_topic(channel))
    return Outgoing(
        channel,
        encode_value(value, channel=channel),
        retain=namespace.retain,
        history_size=namespace.history_size,
        history_age_s=namespace.history_age_s,
    )


def encode_value(value: Any, *, channel: str) -> bytes:
    """Return the value as JSON for this channel. Raises CannotPublish."""
    try:
        data = _encoder.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CannotPublish(
            f"A {type(value).__name__} for the channel {channel!r} is no JSON: {error}."
        ) from error
    # msgspec writes NaN and infinity as null, so only a text with a null needs the slow look.
    if b"null" in data and _has_non_finite(msgspec.to_builtins(value)):
        raise CannotPublish(f"The value for the channel {channel!r} has NaN or infinity; JSON has neither.")
    if len(data) > MAX_DATA_BYTES:
        raise CannotPublish(
            f"The value for the channel {channel!r} has {len(data)} bytes of JSON; "
            f"{MAX_DATA_BYTES} may be sent. Publish an address where it can be fetched."
        )
    return data


def _has_non_finite(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(_has_non_finite(item) for pair in value.items() for item in pair)
    return isinstance(value, list | tuple | set | frozenset) and any(map(_has_non_finite, value))


class _Batch:
    """Publications that follow each other in one transaction; the bus takes them in one of its own."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []

    def __call__(self) -> None:
        try:
            get_bus().publish(self.messages)
        except BusUnavailable as error:
            # What was committed has happened; its caller must not take it for failed.
            logger.error("%s publications of a committed transaction are lost: %s", len(self.messages), error)


def _send_on_commit(message: Outgoing) -> None:
    connection = transaction.get_connection()
    hooks = connection.run_on_commit
    # Only the newest hook, and only in the same savepoints: order and partial rollbacks stay right.
    if not (hooks and isinstance(hooks[-1][1], _Batch) and hooks[-1][0] == set(connection.savepoint_ids)):
        transaction.on_commit(_Batch())
    hooks[-1][1].messages.append(message)
