"""What connections cost that stand there and do nothing."""

from __future__ import annotations

import asyncio

import psutil

from bench import _tree
from bench.rpc_load.calls import opened
from bench.rpc_load.job import Figures, Job, Stopwatch

WARM_UP, SETTLE_S = 50, 1.0


async def measure(job: Job) -> Figures:
    """Return ``kb`` and CPU ``connect_s`` for each connection, and the server's ``base_mb`` without any."""
    roots = [psutil.Process(pid) for pid in job.pids]
    count, method = int(job.numbers["connections"]), job.calls["call"]
    for caller in await opened(job, method, WARM_UP):
        caller.socket.close()
    await asyncio.sleep(SETTLE_S)
    before_mb, watch = _tree.pss_mb(*roots), Stopwatch(job)
    callers = await opened(job, method, count)
    watch.stop()
    await asyncio.sleep(SETTLE_S)
    after_mb = _tree.pss_mb(*roots)
    for caller in callers:
        if caller.socket.error:
            raise caller.socket.error
        caller.socket.close()
    return {
        "kb": (after_mb - before_mb) * 1024 / count,
        "connect_s": watch.server_s / count,
        "base_mb": before_mb,
    }
