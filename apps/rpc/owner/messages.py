"""What a web process and the owner say to each other: four bytes of length, then MessagePack."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Literal

import msgspec

MAX_MESSAGE_BYTES = 2**28
_LENGTH = struct.Struct(">I")


class Work(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A call. ``key`` names it on this line, ``caller`` who made it in the web process, ``user`` its Django
    user; ``id`` and ``params`` are JSON as the client sent it. It was received ``waited_s`` ago.
    """

    key: int
    caller: int
    user: str | None
    path: str
    verb: Literal["call", "get", "set", "delete"]
    id: bytes | None
    params: bytes | None
    waited_s: float
    timeout_s: float
    start_within_s: float
    stream: bool


class Cancel(msgspec.Struct, tag=True, frozen=True):
    """Nobody waits for the call any more."""

    key: int


class Taken(msgspec.Struct, tag=True, frozen=True):
    """An item has gone on to the client: there is room for another."""

    key: int


class Fault(msgspec.Struct, frozen=True):
    """An error of JSON-RPC; ``data`` is JSON."""

    code: int
    message: str
    data: bytes


class Answer(msgspec.Struct, tag=True, frozen=True):
    """The end of a call: the whole answer for its client, None for that of a notification."""

    key: int
    text: str | None
    fault: Fault | None


class Told(msgspec.Struct, tag=True, frozen=True):
    """A notification that the client can do without."""

    key: int
    text: str


class Item(msgspec.Struct, tag=True, frozen=True):
    """An item of a stream, as a notification."""

    key: int
    text: str


ToOwner = Work | Cancel | Taken
ToWeb = Answer | Told | Item

_encoder = msgspec.msgpack.Encoder()
to_owner = msgspec.msgpack.Decoder(ToOwner)
to_web = msgspec.msgpack.Decoder(ToWeb)


def frame_of(message: ToOwner | ToWeb) -> bytes:
    """Return the message as it goes over the line."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


async def bodies(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield each message's bytes until the other side is gone. Raises ValueError for one that is too long."""
    while True:
        try:
            (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
            if length > MAX_MESSAGE_BYTES:
                raise ValueError(f"a message of {length} bytes")
            body = await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        yield body
