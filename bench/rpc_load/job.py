"""What the process of the client is asked to do, and the stopwatch with which it does it."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from bench import _tree

Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Job:
    """``pids``: the processes whose CPU is the server's; ``calls``: what to call for which purpose."""

    kind: str
    port: int
    dialect: str
    pids: Sequence[int]
    calls: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)


class Stopwatch:
    """Seconds on the wall and of CPU, of the server and of this process, from now until ``stop``."""

    def __init__(self, job: Job) -> None:
        gc.disable()  # a collection in the client is no latency of the server
        self._roots = [psutil.Process(pid) for pid in job.pids]
        self._own = psutil.Process()
        self._server_s, self._client_s = _tree.cpu_s(*self._roots), _tree.cpu_s(self._own)
        self._begun_at = time.perf_counter()

    def stop(self) -> None:
        self.wall_s = time.perf_counter() - self._begun_at
        self.server_s = _tree.cpu_s(*self._roots) - self._server_s
        self.client_share = (_tree.cpu_s(self._own) - self._client_s) / self.wall_s
        gc.enable()


async def reached(is_so: Callable[[], bool], *, limit_s: float) -> bool:
    """Wait until it is so, and return whether it was within the limit."""
    deadline = time.perf_counter() + limit_s
    while True:
        if is_so():
            return True
        if time.perf_counter() > deadline:
            return False
        await asyncio.sleep(0.005)


def percentile(values: Sequence[float], percent: float) -> float:
    return sorted(values)[min(int(len(values) * percent / 100), len(values) - 1)]
