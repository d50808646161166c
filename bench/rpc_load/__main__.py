"""Do one job, given as JSON, and print its figures: ``python -m bench.rpc_load JOB``."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress

from bench.rpc_load import calls
from bench.rpc_load.job import Figures, Job

KINDS = {"calls": calls.measure}


async def _do(job: Job) -> Figures:
    return await KINDS[job.kind](job)


def main() -> None:
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    loop_job = Job(**json.loads(sys.argv[1]))
    print(json.dumps(asyncio.run(_do(loop_job))))


if __name__ == "__main__":
    main()
