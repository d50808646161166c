"""One engine in a folder of its own: its tables, its workers, and the process that enqueues."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench import _tree
from bench._servers import Server
from bench.engines.catalog import Engine
from bench.engines.work import count_notes, read_notes
from bench.host.environment import ROOT, without_foreign

Servers = Mapping[str, Server]
_numbers = itertools.count(1)


@dataclass
class Place:
    """Where an engine runs once: a folder, a database on PostgreSQL and a queue on Redis of its own."""

    engine: Engine
    folder: Path
    servers: Servers
    number: int = 0
    workers: int = 1
    settings: Mapping[str, str] | None = None

    @property
    def notes(self) -> Path:
        return self.folder / "notes"

    @property
    def database(self) -> str:
        return f"{self.engine.name}-{self.number}"

    @property
    def server(self) -> Server | None:
        return self.servers.get(self.engine.store)

    def environment(self) -> dict[str, str]:
        database = f"sqlite:///{self.folder / 'db.sqlite3'}"
        own = {
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
            "SMALLWEB_DATA": str(self.folder),
            "BENCH_DATA": str(self.folder),
            "BENCH_NOTES": str(self.notes),
            "BENCH_WORKERS": str(self.workers),
            "DATABASE_URL": database,
        }
        if self.engine.store == "postgres":
            own["DATABASE_URL"] = self.servers["postgres"].url + self.database
        if self.engine.store == "redis":
            own["BENCH_REDIS"] = self.servers["redis"].url + "0"
            own["BENCH_QUEUE"] = f"queue-{self.number}"
        return {**without_foreign(os.environ), **own, **self.engine.environment, **(self.settings or {})}

    def prepare(self) -> None:
        """Make the tables."""
        self.folder.mkdir(parents=True)
        if self.engine.store == "postgres":
            self._on_postgres(f'CREATE DATABASE "{self.database}"')
        if self.engine.migrate:
            command = [sys.executable, *self.engine.migrate]
            subprocess.run(command, cwd=ROOT, env=self.environment(), check=True)

    @contextmanager
    def copied(self, *, workers: int = 1, settings: Mapping[str, str] | None = None) -> Iterator[Place]:
        """Give a place with the tables of this one and nothing in the queue, for a while."""
        number = next(_numbers)
        place = Place(
            self.engine, self.folder.parent / f"turn-{number}", self.servers, number, workers, settings
        )
        shutil.copytree(self.folder, place.folder)
        if self.engine.store == "postgres":
            self._on_postgres(f'CREATE DATABASE "{place.database}" TEMPLATE "{self.database}"')
        try:
            yield place
        finally:
            if self.engine.store == "postgres":
                self._on_postgres(f'DROP DATABASE "{place.database}" WITH (FORCE)')
            shutil.rmtree(place.folder)

    def log(self) -> str:
        """Return the end of what the workers have said."""
        return f"{self.engine.name}: {(self.folder / 'log').read_text()[-3000:]}"

    def enqueue(self, manner: str, count: int) -> list[float]:
        """Enqueue as ``bench.engines.client`` says; return the moments of the calls."""
        client = self.start_enqueueing(manner, count)
        try:
            out, _ = client.communicate()
        finally:
            client.kill()  # harmless once it has ended
        assert client.returncode == 0, f"{self.engine.name}: the client failed"
        moments: list[float] = json.loads(out.splitlines()[-1])
        return moments

    def start_enqueueing(self, manner: str, count: int) -> subprocess.Popen[bytes]:
        """Start the process that enqueues."""
        command = [sys.executable, "-m", "bench.engines.client", self.engine.module, manner, str(count)]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE)

    @contextmanager
    def working(self) -> Iterator[Workers]:
        workers = Workers(self)
        workers.start()
        try:
            yield workers
        finally:
            workers.stop()

    def _on_postgres(self, command: str) -> None:
        with psycopg.connect(self.servers["postgres"].url + "postgres", autocommit=True) as connection:
            connection.execute(command.encode())


class Workers:
    """The processes of an engine's workers."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.roots: list[psutil.Process] = []

    def start(self) -> None:
        """Start those that do not run: all, or those that have died."""
        commands = self._place.engine.commands(self._place.workers)
        alive = [root for root in self.roots if self._is_alive(root)]
        self.roots = alive + [self._spawn(command) for command in commands[len(alive) :]]

    def stop(self, *, limit_s: float = 10) -> None:
        """Ask them to end; kill what does not."""
        members = _tree.members(self.roots)
        for root in self.roots:
            if self._is_alive(root):
                root.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + limit_s
        while any(map(self._is_alive, self.roots)) and time.monotonic() < deadline:
            time.sleep(0.05)
        _tree.kill(members)

    def wait_for_notes(self, count: int, *, limit_s: float) -> bool:
        """Wait until the functions have left so many lines; return whether they have."""
        deadline = time.monotonic() + limit_s
        while count_notes(self._place.notes) < count:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def last_pid(self) -> int:
        return read_notes(self._place.notes)[-1].pid

    def _spawn(self, command: tuple[str, ...]) -> psutil.Process:
        with (self._place.folder / "log").open("ab") as log:
            return psutil.Popen(
                [sys.executable, *command], cwd=ROOT, env=self._place.environment(), stdout=log, stderr=log
            )

    @staticmethod
    def _is_alive(root: psutil.Process) -> bool:
        return root.is_running() and root.status() != psutil.STATUS_ZOMBIE
