"""Fan-out: how many deliveries a second, and how long until the last listener has a publication."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median

from bench.rpc_load.audience import Audience
from bench.rpc_load.dialects import WrongAnswer
from bench.rpc_load.job import Figures, Job, Stopwatch, reached

WINDOW = 4
FEWEST, LIMIT_S = 3, 60.0


class Flow:
    """Keeps so many publications under way: the next goes out when everybody has the oldest."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._sent_at: dict[int, float] = {}
        self._is_flowing = False
        self.delays_s: list[float] = []
        audience.complete = self._complete

    def begin(self, window: int) -> None:
        self.delays_s.clear()
        self._is_flowing = True
        for _ in range(window):
            self._publish()

    async def end(self) -> None:
        """Return when everybody has everything. Raises WrongAnswer when that takes too long."""
        self._is_flowing = False
        await self.wait_until(lambda: not self._sent_at)

    async def wait_until(self, is_reached: Callable[[], bool]) -> None:
        if not await reached(is_reached, limit_s=LIMIT_S):
            raise WrongAnswer(f"after {LIMIT_S} s publications are still on their way")

    def _publish(self) -> None:
        self._sent_at[self._audience.published + 1] = time.perf_counter()
        self._audience.publish()

    def _complete(self, number: int) -> None:
        self.delays_s.append(time.perf_counter() - self._sent_at.pop(number))
        if self._is_flowing:
            self._publish()


async def measure(job: Job) -> Figures:
    """Return ``rate`` and ``server_s`` of deliveries, and ``all_s`` from publication to the last delivery."""
    seconds = job.numbers["seconds"]
    audience = Audience(job, int(job.numbers["listeners"]))
    await audience.open()
    flow = Flow(audience)
    flow.begin(1)
    await flow.end()
    flow.begin(WINDOW)
    before, watch = audience.heard, Stopwatch(job)
    await asyncio.sleep(seconds)
    # A slow server may not get one publication out in that time: then it is measured for longer.
    await flow.wait_until(lambda: audience.heard - before >= len(audience.listeners))
    watch.stop()
    heard = audience.heard - before
    await flow.end()
    flow.begin(1)
    await asyncio.sleep(seconds / 2)
    await flow.wait_until(lambda: len(flow.delays_s) >= FEWEST)
    await flow.end()
    audience.close()
    return {
        "rate": heard / watch.wall_s,
        "server_s": watch.server_s / heard,
        "all_s": median(flow.delays_s),
        "client_share": watch.client_share,
    }
