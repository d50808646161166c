"""Calls: so many connections, each with so many unanswered calls at a time."""

from __future__ import annotations

import asyncio
import time

from bench.rpc_load.dialects import DIALECTS, Dialect, WrongAnswer
from bench.rpc_load.job import Figures, Job, Stopwatch, percentile, reached
from bench.rpc_load.websocket import Websocket

WARM_UP_S, DRAIN_S = 0.3, 20.0
CHECK_EVERY = 50
AT_ONCE = 25


class Caller:
    """One connection that sends the next call when one is answered, until it is stopped."""

    def __init__(self, dialect: Dialect, method: str) -> None:
        self._dialect = dialect
        self._method = method
        self._sent_at = 0.0
        self.sent = self.answered = 0
        self.is_stopped = False
        self.latencies: list[float] = []
        self.socket: Websocket

    async def open(self, port: int) -> None:
        self.socket = await self._dialect.connect(port, self._take)

    def call(self) -> None:
        self.sent += 1
        self._sent_at = time.perf_counter()
        self.socket.send(self._dialect.call(self._method, self.sent))

    def _take(self, message: bytes, socket: Websocket) -> None:
        if not self._dialect.is_answer(message, socket):
            return
        self.latencies.append(time.perf_counter() - self._sent_at)
        self.answered += 1
        if self.answered % CHECK_EVERY == 0:
            self._dialect.check(message)
        if not self.is_stopped:
            self.call()

    async def drain(self) -> None:
        """Wait for what is unanswered. Raises WrongAnswer unless each call was answered once."""
        self.is_stopped = True
        await reached(lambda: self.answered >= self.sent or bool(self.socket.error), limit_s=DRAIN_S)
        if self.socket.error:
            raise self.socket.error
        if self.answered != self.sent:
            raise WrongAnswer(f"{self.sent} calls were answered {self.answered} times")


async def opened(job: Job, method: str, connections: int) -> list[Caller]:
    """Return callers whose connections stand, each with one call answered."""
    callers = [Caller(DIALECTS[job.dialect], method) for _ in range(connections)]
    for first in range(0, connections, AT_ONCE):
        await asyncio.gather(*(caller.open(job.port) for caller in callers[first : first + AT_ONCE]))
    for caller in callers:
        caller.is_stopped = True
        caller.call()
    for caller in callers:
        await caller.drain()
    return callers


async def drive(job: Job, *, connections: int, window: int) -> Figures:
    """Call for a while. Latencies are those of single calls only when the window is 1."""
    callers = await opened(job, job.calls["call"], connections)
    for caller in callers:
        caller.is_stopped = False
        for _ in range(window):
            caller.call()
    await asyncio.sleep(WARM_UP_S)
    before = [len(caller.latencies) for caller in callers]
    watch = Stopwatch(job)
    await asyncio.sleep(job.numbers["seconds"])
    watch.stop()
    after = [len(caller.latencies) for caller in callers]
    for caller in callers:
        await caller.drain()
        caller.socket.close()
    found = [
        seconds
        for caller, begin, end in zip(callers, before, after, strict=True)
        for seconds in caller.latencies[begin:end]
    ]
    if not found:
        raise WrongAnswer(f"nothing was answered within {job.numbers['seconds']} s")
    return {
        "rate": len(found) / watch.wall_s,
        "server_s": watch.server_s / len(found),
        "p50_s": percentile(found, 50),
        "p99_s": percentile(found, 99),
        "client_share": watch.client_share,
    }


async def measure(job: Job) -> Figures:
    """Return ``pipelined_rate``, ``many_rate``, ``single_p50_s`` and so on."""
    figures: Figures = {}
    manners = {"pipelined": (1, int(job.numbers["window"])), "many": (50, 1), "single": (1, 1)}
    for manner, (connections, window) in manners.items():
        found = await drive(job, connections=connections, window=window)
        figures |= {f"{manner}_{name}": value for name, value in found.items()}
    return figures
