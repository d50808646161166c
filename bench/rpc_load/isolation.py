"""One connection waits in a call that blocks; how long do the calls of another take meanwhile?"""

from __future__ import annotations

import asyncio

from bench.rpc_load.calls import opened
from bench.rpc_load.dialects import DIALECTS, JsonRpc
from bench.rpc_load.job import Figures, Job, percentile

QUIET_S = 0.5


async def measure(job: Job) -> Figures:
    """Return ``quiet_p99_s`` before, and ``p50_s``, ``p99_s`` and ``worst_s`` of the calls meanwhile."""
    dialect = DIALECTS[job.dialect]
    assert isinstance(dialect, JsonRpc)
    blocking, other = await opened(job, job.calls["call"], 2)
    other.latencies.clear()
    other.is_stopped = False
    other.call()
    await asyncio.sleep(QUIET_S)
    quiet, other.latencies = other.latencies, []
    blocking.sent += 1
    blocking.socket.send(dialect.request(job.calls["wait"], [job.numbers["seconds"]], blocking.sent))
    await blocking.drain()
    found = other.latencies
    await other.drain()
    for caller in (blocking, other):
        caller.socket.close()
    found = found or other.latencies
    return {
        "quiet_p99_s": percentile(quiet, 99),
        "p50_s": percentile(found, 50),
        "p99_s": percentile(found, 99),
        "worst_s": max(found),
    }
