"""What the clients' test server serves."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from smallweb.core.channels import apublish
from smallweb.core.socket.methods import socket_method, socket_methods
from smallweb.rpc import Caller, PublicError, expose, serve, tracked


class Sample:
    """A sample."""

    a: int = 1
    volume: int = tracked(5)  # type: ignore[assignment]

    def __init__(self) -> None:
        self.ended: list[str] = []

    @expose
    def test_sum(self, a: int, b: int = 1) -> int:
        """Add two numbers."""
        return a + b

    @expose
    def named(self, timeout_s: int, progress: int) -> int:
        """Take arguments that the client has, too."""
        return timeout_s + progress

    @expose
    def fail(self) -> None:
        raise PublicError("The oven is cold.", code="cold", data={"degrees": 18})

    @expose
    async def wait(self, tag: str) -> None:
        """Tell that it has begun, and wait until it is cancelled."""
        try:
            await apublish("open/started", tag)
            await asyncio.Event().wait()
        finally:
            self.ended.append(tag)

    @expose
    def cancelled(self) -> list[str]:
        return self.ended

    @expose
    def bake(self, loaves: int, caller: Caller) -> str:
        """Tell how far it is."""
        caller.progress(loaves)
        return "done"

    @expose
    def count(self, to: int) -> Iterator[int]:
        yield from range(to)

    @expose
    async def tick(self, tag: str) -> AsyncIterator[int]:
        """Yield one item, and wait until it is cancelled."""
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            self.ended.append(tag)

    @expose
    def flood(self, tag: str) -> Iterator[int]:
        """Yield without end."""
        try:
            yield from itertools.count()
        finally:
            self.ended.append(tag)

    @expose
    def count_and_fail(self, to: int) -> Iterator[int]:
        yield from range(to)
        raise PublicError("No more.")


serve(sample=Sample(), access="public", attrs={"a": "rwd"})


class Publish(msgspec.Struct):
    channel: str
    data: Any


if "rpc.publish" not in socket_methods:

    @socket_method("rpc.publish")
    async def publish(peer: Any, params: Publish) -> None:
        await apublish(params.channel, params.data)
