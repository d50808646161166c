"""From ``publish`` in another process to its receipt by a client that does nothing else."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from bench.rpc_load.channels import CHANNELS
from bench.rpc_load.dialects import WrongAnswer
from bench.rpc_load.job import Figures, Job, percentile
from bench.rpc_load.websocket import Websocket


async def measure(job: Job) -> Figures:
    """Return ``p50_s`` and ``p99_s``. The publisher's first is left out: it opens the store."""
    delays_s: list[float] = []

    def take(message: bytes, socket: Websocket) -> None:
        now = time.monotonic()
        if b'"at"' in message:
            delays_s.append(now - json.loads(message)["params"]["data"]["at"])

    count = int(job.numbers["publications"])
    socket = await CHANNELS[job.dialect].listen(job.port, take)
    command = [sys.executable, "-m", "bench.rpc_servers.publisher", job.dialect, str(count + 1)]
    publisher = await asyncio.create_subprocess_exec(*command)
    assert await publisher.wait() == 0, "the publisher failed"
    await asyncio.sleep(1)
    socket.close()
    if len(delays_s) != count + 1:
        raise WrongAnswer(f"{len(delays_s)} of {count + 1} publications came")
    return {"p50_s": percentile(delays_s[1:], 50), "p99_s": percentile(delays_s[1:], 99)}
