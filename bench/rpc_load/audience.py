"""Many listeners to one channel, who count what they get."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable

from bench.rpc_load.channels import CHANNELS, check_event
from bench.rpc_load.dialects import WrongAnswer
from bench.rpc_load.job import Job
from bench.rpc_load.websocket import Websocket
from bench.rpc_servers.events import MARK

CHECK_EVERY = 1_000
AT_ONCE = 25

_MARK = MARK.encode()


class Listener:
    """``lagged``: the numbers that the server has said to be missing. Events must come in their order."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self.last = 0
        self.count = 0
        self.lagged: set[int] = set()
        self.socket: Websocket

    def take(self, message: bytes, socket: Websocket) -> None:
        at = message.find(_MARK)
        if at < 0 and b"rpc.lagged" in message:
            self._take_lagged(message)
        while at >= 0:  # mosquitto may put several packets into one message
            number = int(message[at + 1 : at + 9])
            if number <= self.last:
                raise WrongAnswer(f"event {number} came after event {self.last}")
            self.last = number
            self.count += 1
            self._audience.hear(number, message)
            at = message.find(_MARK, at + 10)

    def _take_lagged(self, message: bytes) -> None:
        told = json.loads(message)["params"]
        first, last = told["from"] or self.last + 1, told["to"] or self._audience.published
        self.lagged.update(range(first, last + 1))


class Audience:
    """``complete`` is called with the number of each event that everybody has."""

    def __init__(self, job: Job, size: int) -> None:
        self._job = job
        self._channel = CHANNELS[job.dialect]
        self.listeners = [Listener(self) for _ in range(size)]
        self.complete: Callable[[int], None] = lambda number: None
        self.heard = 0
        self.heard_at = 0.0
        self.published = 0
        self._missing: Counter[int] = Counter()

    async def open(self) -> None:
        for first in range(0, len(self.listeners), AT_ONCE):
            await asyncio.gather(*map(self._open_one, self.listeners[first : first + AT_ONCE]))
        self._publisher = await self._channel.open_publisher(self._job.port)

    def publish(self, count: int = 1) -> None:
        first = self.published + 1
        self.published += count
        for number in range(first, first + count):
            self._missing[number] = len(self.listeners)
        self._channel.publish(self._publisher, first, count)

    def hear(self, number: int, message: bytes) -> None:
        self.heard += 1
        self.heard_at = time.perf_counter()
        if self.heard % CHECK_EVERY == 0 and message.count(_MARK) == 2:
            check_event(message, number)
        self._missing[number] -= 1
        if not self._missing[number]:
            del self._missing[number]
            self.complete(number)

    def close(self) -> None:
        """Hang up. Raises Closed when the server did so before."""
        for socket in [self._publisher, *(listener.socket for listener in self.listeners)]:
            if socket.error:
                raise socket.error
            socket.close()

    async def _open_one(self, listener: Listener) -> None:
        listener.socket = await self._channel.listen(self._job.port, listener.take)
