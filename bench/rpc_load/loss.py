"""A burst of publications: what does not arrive, and whether its reader is told."""

from __future__ import annotations

import asyncio
import time

from bench.rpc_load.audience import Audience
from bench.rpc_load.job import Figures, Job, reached

QUIET_S, FIRST_S, LONGEST_S = 1.5, 60.0, 120.0


async def measure(job: Job) -> Figures:
    """Return the shares of deliveries ``lost`` and ``unreported``, and ``all_s`` until the last came."""
    count, size = int(job.numbers["publications"]), int(job.numbers["listeners"])
    audience = Audience(job, size)
    await audience.open()
    begun_at = audience.heard_at = time.perf_counter()
    audience.publish(count)
    await reached(lambda: audience.heard == count * size or _is_quiet(audience, begun_at), limit_s=LONGEST_S)
    await asyncio.sleep(0.1)  # what is reported may come after the rest
    lost = count * size - audience.heard
    reported = sum(len(listener.lagged) for listener in audience.listeners)
    audience.close()
    return {
        "lost": lost / (count * size),
        "unreported": max(lost - reported, 0) / (count * size),
        "all_s": audience.heard_at - begun_at,
    }


def _is_quiet(audience: Audience, begun_at: float) -> bool:
    now = time.perf_counter()
    waits_for_first = not audience.heard and now - begun_at < FIRST_S
    return not waits_for_first and now - audience.heard_at > QUIET_S
