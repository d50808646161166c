"""``add`` in the three kinds of served methods, and a channel."""

from __future__ import annotations

import asyncio
import time

import msgspec

from bench.rpc_servers.events import event_data
from smallweb.core.channels import Namespace, namespaces, publish
from smallweb.core.socket.connection import Connection
from smallweb.core.socket.methods import socket_method

CHANNEL = "news/local"

namespaces.register(Namespace(name="news", subscribe="public", history_size=1_000))


class Two(msgspec.Struct, forbid_unknown_fields=True):
    a: int
    b: int


class Wait(msgspec.Struct):
    seconds: float


@socket_method("sample.add_async")
async def add_async(connection: Connection, params: Two) -> int:
    return params.a + params.b


@socket_method("sample.wait")
async def wait(connection: Connection, params: Wait) -> bool:
    await asyncio.to_thread(time.sleep, params.seconds)
    return True


@socket_method("sample.publish")
async def publish_many(connection: Connection, params: Two) -> bool:
    await asyncio.to_thread(_publish, params.a, params.b)
    return True


def _publish(first: int, count: int) -> None:
    for number in range(first, first + count):
        publish(CHANNEL, event_data(number))
