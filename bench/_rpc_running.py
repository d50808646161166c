"""One server in a folder of its own, and the process that plays its clients."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import redis

from bench import _servers, _tree
from bench.host.environment import ROOT, without_foreign
from bench.rpc_load.job import Figures, Job
from bench.rpc_servers.catalog import Server

_numbers = itertools.count(1)
START_S, LIMIT_S = 120, 180


class Failed(Exception):
    """A measurement that came to no end, with what its processes said."""


@dataclass(frozen=True)
class Running:
    """``processes``: the server, and the other program that it works with."""

    server: Server
    port: int
    folder: Path
    environment: Mapping[str, str]
    processes: tuple[psutil.Process, ...]

    def job(self, kind: str, *, calls: Mapping[str, str] | None = None, **numbers: float) -> Job:
        pids = [process.pid for process in self.processes]
        return Job(
            kind=kind,
            port=self.port,
            dialect=self.server.dialect,
            pids=pids,
            calls=dict(calls or {}),
            numbers=numbers,
        )

    def do(self, job: Job) -> Figures:
        """Let a process of its own do the job. Raises Failed."""
        command = [sys.executable, "-m", "bench.rpc_load", json.dumps(asdict(job))]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{self.server.title}: {job.kind} took more than {LIMIT_S} s") from error
        if done.returncode:
            log = (self.folder / "log").read_text()
            raise Failed(f"{self.server.title}: {done.stderr[-2000:]}\nThe server said: {log[-2000:]}")
        figures: Figures = json.loads(done.stdout)
        return figures


class Place:
    """Where servers run: a database that is made once and copied for each, and the other programs."""

    def __init__(self, folder: Path, programs: Mapping[str, _servers.Server]) -> None:
        self._folder = folder
        self._programs = programs
        self._template = folder / "template"

    def prepare(self) -> None:
        """Make the tables."""
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=self._environment(self._template), check=True)

    @contextmanager
    def running(self, server: Server) -> Iterator[Running]:
        """Start the server, with nothing in its store, and end it afterwards."""
        program = self._programs[server.needs] if server.needs else None
        if program and server.engine == "mosquitto":
            yield Running(
                server, program.port, self._template, self._environment(self._template), (program.process,)
            )
            return
        if program:
            redis.Redis.from_url(program.url + "0").flushall()
        folder = self._folder / f"turn-{next(_numbers)}"
        shutil.copytree(self._template, folder)
        environment = self._environment(folder, server)
        port = _servers.free_port()
        with (folder / "log").open("wb") as log:
            started = psutil.Popen(
                [sys.executable, *server.command(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            self._wait_for(port, server, folder)
            processes = (started, program.process) if program else (started,)
            yield Running(server, port, folder, environment, processes)
        finally:
            _tree.kill(_tree.members([started]))
            started.wait()
            shutil.rmtree(folder)

    @staticmethod
    def _wait_for(port: int, server: Server, folder: Path) -> None:
        try:
            _servers.wait_for(port, limit_s=START_S)
        except AssertionError as error:
            raise Failed(
                f"{server.title}: {error}; it said: {(folder / 'log').read_text()[-2000:]}"
            ) from error

    def _environment(self, folder: Path, server: Server | None = None) -> dict[str, str]:
        own = {
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
            "DJANGO_SETTINGS_MODULE": "bench.rpc_servers.settings",
            "SMALLWEB_DATA": str(folder),
        }
        if server is not None and server.needs == "redis":
            own["REDIS_URL"] = self._programs["redis"].url + "0"
        return {**without_foreign(os.environ), **own, **(server.environment if server else {})}
