"""A site of its own folder and database, run by real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.acceptance.processes import children_of, kill_quietly, site_environment, tree_of
from tests.waiting import wait_for


class Note(NamedTuple):
    """What the host's function ``note`` leaves of one call; times are Unix times in nanoseconds."""

    job: str
    due_at: float
    attempt: int
    pid: int
    begun_ns: int
    ended_ns: int | None


class Start(NamedTuple):
    """What the host's task ``trace`` leaves of one start, and of its end."""

    name: str
    attempt: int
    pid: int
    begun_ns: int
    ended_ns: int | None


class HostedSite:
    """Starts commands with the tests' settings in ``folder``; everything it starts is ended by ``close``."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        self.notes_folder = folder / "notes"
        self.notes_folder.mkdir(parents=True)
        self.pages = folder / "site"
        self.pages.mkdir(parents=True)
        self.jobs: list[dict[str, Any]] = []
        self.more_environment: dict[str, str] = {}
        self.database_url = database_url
        self._started: list[subprocess.Popen[bytes]] = []

    def add_page(self, name: str, ids: Iterable[str]) -> None:
        (self.pages / name).write_text("".join(f'<p id="{tag_id}">old</p>\n' for tag_id in ids))

    def add_note(self, page: str, tag_id: str, *, hold_s: float = 0.0, **values: Any) -> None:
        """Declare a job, due every second, none left out, that notes its calls."""
        kwargs = {"folder": str(self.notes_folder), "hold_s": hold_s}
        basics = {"function": "note", "every": "1s", "catch_up": "all", "name": tag_id}
        self.jobs.append({**basics, "page": page, "tag_id": tag_id, "kwargs": kwargs, **values})

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "django", *command],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "django", *command],
                cwd=self.folder, env={**self.environment(), **environment}, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._started.append(process)
        return process

    def start_piped(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start Python with a pipe at its input and output."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder, env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        self._started.append(process)
        return process

    def environment(self) -> dict[str, str]:
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.acceptance.hosted_settings",
            "PYTHONWARNINGS": "ignore",
            "SMALLWEB_TEST_JOBS": json.dumps(self.jobs),
        }
        if self.database_url:
            own["DATABASE_URL"] = self.database_url
        return site_environment(self.folder, **{**own, **self.more_environment})

    def notes(self, job: str) -> list[Note]:
        """Return the calls of this job in the order in which they began."""
        names = [path.name.split() for path in self.notes_folder.iterdir()]
        ended = {tuple(name[:5]): int(name[5]) for name in names if name[-1] == "ended"}
        calls = [
            Note(
                name[0], float(name[1]), int(name[2]), int(name[3]), int(name[4]), ended.get(tuple(name[:5]))
            )
            for name in names
            if name[0] == job and name[-1] == "begun"
        ]
        return sorted(calls, key=lambda call: call.begun_ns)

    def done(self, job: str) -> list[float]:
        """Return the due times whose call came to an end, in order."""
        return sorted({call.due_at for call in self.notes(job) if call.ended_ns})

    def starts(self, name: str | None = None) -> list[Start]:
        """Return the starts of the task ``trace``, of this name or of all, as they began."""
        path = self.notes_folder / "starts"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        ended = {(line[1], line[2], line[3]): int(line[4]) for line in lines if line[0] == "ended"}
        return [
            Start(line[1], int(line[2]), int(line[3]), int(line[4]), ended.get((line[1], line[2], line[3])))
            for line in lines
            if line[0] == "begun" and name in (None, line[1])
        ]

    def wait_for_more(self, job: str, count: int = 2, *, limit_s: float = 15.0) -> None:
        before = len(self.done(job))
        wait_for(
            lambda: len(self.done(job)) >= before + count,
            limit_s=limit_s, what=f"{count} more runs of {job}; log: {self.log()[-3000:]}",
        )  # fmt: skip

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def close(self) -> None:
        for process in self._started:
            for child in tree_of(process.pid):
                kill_quietly(child)
            process.kill()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout)):
                pipe.close()


class Cluster(NamedTuple):
    """The process ids of a running qcluster."""

    main: int
    sentinel: int
    workers: list[int]
    monitor: int
    pusher: int

    @classmethod
    def of(cls, main: int, *, tasks_at_once: int = 2) -> Cluster:
        """Wait until the tree is whole; members are told apart by the order in which they are started."""

        def look() -> Cluster | None:
            sentinels = children_of(main)
            members = children_of(sentinels[0]) if len(sentinels) == 1 else []
            workers = tasks_at_once + 1
            if len(members) != workers + 2:
                return None
            return cls(main, sentinels[0], members[:workers], members[-2], members[-1])

        return wait_for(look, limit_s=20, what="a whole cluster")

    def call_children(self) -> list[int]:
        return [child for worker in self.workers for child in children_of(worker)]


@contextmanager
def closing(site: HostedSite) -> Iterator[HostedSite]:
    try:
        yield site
    finally:
        site.close()
