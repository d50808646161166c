"""Writers of one page that are killed at random moments, and readers that check every byte.

Run as a process: ``python -m tests.periodic.page_crash FOLDER WRITES [fsync]`` prints what happened
as JSON. The page starts with a hash of the rest, and holds one counter a writer. A writer says in
shared memory which count it has written; at its next start the page must hold that count, or the
next one if it was killed between writing and saying so. So every lost update is noticed.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

WRITERS = 4
READERS = 2
PADDING = b"<p>the same text again and again</p>\n" * 200
READS = WRITERS  # where in the shared memory the readers count
TORN = READS + READERS


def page_of(counts: list[int]) -> bytes:
    body = json.dumps(counts).encode() + b"\n" + PADDING[: 1000 + sum(counts) % 6000]
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def counts_of(page: bytes) -> list[int] | None:
    """Return the counters, None if the page is torn."""
    digest, _, body = page.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    return [int(count) for count in json.loads(body.partition(b"\n")[0])]


class Run:
    def __init__(self, folder: Path, *, fsync: bool) -> None:
        from smallweb.core.sites.paths import locate

        self.page = folder / "site" / "index.html"
        self.page.parent.mkdir()
        self.page.write_bytes(page_of([0] * WRITERS))
        self.site = locate("index.html")
        self.fsync = fsync
        self.shared = memoryview(mmap.mmap(-1, 8 * (TORN + READERS))).cast("Q")
        self.lost = self.kills = 0
        self.writers: dict[int, int] = {}

    def write_for_ever(self, number: int) -> None:
        from smallweb.periodic.services.page_file import update_page

        unsaid = 1  # only the writer before this one can have been killed before it said its count

        def bumped(page: bytes) -> bytes:
            counts = counts_of(page)
            assert counts is not None, "the page is torn"
            assert 0 <= counts[number] - self.shared[number] <= unsaid, "an update is lost"
            self.shared[number] = counts[number]  # said now: this writer may be killed as the last one was
            counts[number] += 1
            return page_of(counts)

        while True:
            update = update_page(self.site, bumped, fsync=self.fsync)
            self.shared[number] = (counts_of(update.after) or [])[number]
            unsaid = 0

    def read_for_ever(self, number: int) -> None:
        os.nice(5)
        while True:
            self.shared[READS + number] += 1
            self.shared[TORN + number] += counts_of(self.page.read_bytes()) is None

    def start_writer(self, number: int) -> None:
        self.writers[number] = fork(self.write_for_ever, number)

    def end_writer(self, number: int) -> None:
        os.kill(self.writers[number], signal.SIGKILL)
        _, status = os.waitpid(self.writers.pop(number), 0)
        self.kills += 1
        self.lost += os.WIFEXITED(status)

    def until(self, writes: int, chance: random.Random) -> None:
        readers = [fork(self.read_for_ever, number) for number in range(READERS)]
        for number in range(WRITERS):
            self.start_writer(number)
        while sum(self.shared[:WRITERS]) < writes and not self.lost:
            time.sleep(chance.uniform(0.001, 0.04))
            number = chance.randrange(WRITERS)
            self.end_writer(number)
            self.start_writer(number)
        for number in range(WRITERS):
            self.end_writer(number)
        for reader in readers:
            os.kill(reader, signal.SIGKILL)
            os.waitpid(reader, 0)

    def verdict(self) -> dict[str, int]:
        from smallweb.periodic.services.page_temporaries import sweep_temporaries

        said = list(self.shared[:WRITERS])
        found = counts_of(self.page.read_bytes())
        beside = len(list(self.page.parent.iterdir())) - 1
        swept = sweep_temporaries(self.page.parent, older_than_s=0, now=time.time() + 1)
        return {
            "writes": sum(said),
            "kills": self.kills,
            "reads": sum(self.shared[READS:TORN]),
            "torn": sum(self.shared[TORN:]) + (found is None),
            "lost": self.lost
            + sum(not 0 <= there - own <= 1 for there, own in zip(found or [], said, strict=True)),
            "beside": beside,
            "swept": swept,
            "left": len(list(self.page.parent.iterdir())) - 1,
        }


def fork(task: Callable[[int], None], number: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            task(number)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    return pid


def main(folder: Path, writes: int, *, fsync: bool) -> None:
    settings.configure(SMALLWEB_CORE={"SITES": {"": folder / "site"}, "RUN_DIR": folder / "run"})
    run = Run(folder, fsync=fsync)
    run.until(writes, random.Random(writes))
    print(json.dumps(run.verdict()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), fsync="fsync" in sys.argv[3:])
