"""huey on SQLite, without Django; worker processes."""

from __future__ import annotations

import os
from pathlib import Path

from huey import SqliteHuey

from bench.engines import work

# As the others here it does not sync each commit to disk.
huey = SqliteHuey("bench", filename=str(Path(os.environ["BENCH_DATA"], "huey.sqlite3")), fsync=False)


@huey.task()
def note(number: int, pause_s: float) -> None:
    work.note(number, pause_s)


def enqueue(number: int, pause_s: float) -> None:
    note(number, pause_s)
