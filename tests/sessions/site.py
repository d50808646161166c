"""A real server that hosts apps: ``python -m tests.sessions.site PORT uvicorn|daphne``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from smallweb.core import local_socket
from smallweb.sessions.program.wire import pack, read_frame
from tests.acceptance.processes import free_port, kill_quietly
from tests.served import run_site
from tests.source import ROOT
from tests.waiting import wait_for

CSRF = "c" * 32
USERS = ("ann", "bob")


@dataclass
class Site:
    """A web server that can be killed and started again.

    ``settings`` are those of ``SMALLWEB_SESSIONS``, in small letters.
    """

    folder: Path
    port: int
    server: str = "uvicorn"
    settings: dict[str, Any] = field(default_factory=dict)
    debug: bool = False
    sessions: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def environment(self) -> dict[str, str]:
        settings = json.dumps({name.upper(): value for name, value in self.settings.items()})
        return {**environment(self.folder), "TEST_SESSIONS": settings, "TEST_DEBUG": str(int(self.debug))}

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.sessions.site", str(self.port), self.server],
                cwd=ROOT, env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log[-3000:]
        self.sessions = json.loads(line)

    def kill(self) -> None:
        """End it as a loss of power would, and wait until it is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as a deploy does."""
        self._end(signal.SIGTERM)

    def _end(self, signum: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signum)
            self.process.wait(20)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def cookies(self, name: str) -> dict[str, str]:
        """Return the cookies of this user's browser."""
        return {"sessionid": self.sessions[name], "csrftoken": CSRF}

    def ask_host(self, do: str, **message: Any) -> dict[str, Any]:
        """Ask the app host as a web process does. Raises OSError where none runs."""
        with local_socket.connect(self.folder / "run/sessions/host") as sock:
            sock.settimeout(20)
            sock.sendall(pack({**message, "do": do, "n": 1}))
            return read_frame(sock)[0]

    def hosted(self, **chosen: Any) -> list[dict[str, Any]]:
        """Return the sessions that run now."""
        with suppress(OSError, EOFError):
            found: list[dict[str, Any]] = self.ask_host("list", **chosen)["sessions"]
            return found
        return []

    def ended(self) -> list[dict[str, Any]]:
        """Return the last sessions that have ended."""
        found: list[dict[str, Any]] = self.ask_host("list", ended=True)["ended"]
        return found

    @property
    def host_pid(self) -> int:
        return int((self.folder / "run/sessions/lock").read_text() or 0)

    def processes(self) -> list[psutil.Process]:
        """Return all that runs for this site, whoever its parent is."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            is_gone = process.status() == psutil.STATUS_ZOMBIE
            return not is_gone and process.environ().get("TEST_FOLDER") == str(self.folder)
        except psutil.Error:
            return False

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Ask the database of the site."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(query, values).fetchall()


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.sessions.site_settings",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_FOLDER": str(folder),
    }


def migrate(folder: Path) -> Path:
    """Make the database of a site, with its users and apps; return it."""
    command = [sys.executable, "-m", "tests.sessions.site"]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "db.sqlite3"


@contextmanager
def served(
    folder: Path, database: Path, *, server: str = "uvicorn", debug: bool = False, **settings: Any
) -> Iterator[Site]:
    """Serve until the block ends; then nothing of the site may be left. ``settings`` are sessions' own."""
    shutil.copyfile(database, folder / "db.sqlite3")
    site = Site(folder, free_port(), server, settings, debug)
    site.start()
    try:
        yield site
    finally:
        site.kill()
        try:
            wait_for(lambda: not site.processes(), what="the end of all processes")
        finally:
            for process in site.processes():
                kill_quietly(process.pid)


if __name__ == "__main__":
    run_site(lambda: import_module("tests.sessions.registered"), users=USERS)
