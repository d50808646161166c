"""Do one job, given as JSON, and print its figures: ``python -m bench.rpc_load JOB``."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

from bench.rpc_load import calls, fanout, isolation, latency, loss, memory
from bench.rpc_load.job import Figures, Job

KINDS = {
    "calls": calls.measure,
    "isolation": isolation.measure,
    "fanout": fanout.measure,
    "loss": loss.measure,
    "latency": latency.measure,
    "memory": memory.measure,
}


def main() -> None:
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    print(json.dumps(asyncio.run(_do(Job(**json.loads(sys.argv[1]))))))


async def _do(job: Job) -> Figures:
    """Do the job, or end at once with what went wrong in a callback, such as a wrong answer."""
    work = asyncio.ensure_future(KINDS[job.kind](job))
    faults: list[BaseException] = []

    def give_up(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        faults.append(context.get("exception") or RuntimeError(context["message"]))
        work.cancel()

    asyncio.get_running_loop().set_exception_handler(give_up)
    try:
        return await work
    except asyncio.CancelledError:
        raise faults[0] from None


if __name__ == "__main__":
    main()
