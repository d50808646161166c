"""A real server of ASGI applications: ``python -m tests.sessions.asgi.site PORT uvicorn|daphne``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import httpx

from tests.acceptance.processes import free_port, kill_quietly
from tests.served import run_site
from tests.source import ROOT

USERS = ("ann", "bob")


@dataclass
class Site:
    """A server and what it leaves on the disk."""

    folder: Path
    port: int
    server: str = "uvicorn"
    changes: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.sessions.asgi.site", str(self.port), self.server],
                cwd=ROOT, env=environment(self.folder, self.changes), text=True,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        self.logins = json.loads(line)

    def log(self) -> str:
        return (self.folder / "log").read_text()[-3000:]

    def end(self) -> None:
        if self.process is not None:
            kill_quietly(self.process.pid)
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def visitor(self, user: str = "") -> httpx.Client:
        """Return a browser's side of HTTP, of a user or of somebody who is not logged in."""
        cookies = {"sessionid": self.logins[user]} if user else {}
        return httpx.Client(base_url=self.url, cookies=cookies, timeout=30, trust_env=False)


def environment(folder: Path, changes: dict[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.sessions.asgi.site_settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "typings"), str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "TEST_FOLDER": str(folder),
        **changes,
    }


def migrate(folder: Path, changes: dict[str, str] | None = None) -> Path:
    """Make the database of a site, with its users; return it."""
    command = [sys.executable, "-m", "tests.sessions.asgi.site"]
    given = environment(folder, changes or {})
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "db.sqlite3"


@contextmanager
def served(folder: Path, database: Path, *, server: str = "uvicorn", **changes: str) -> Iterator[Site]:
    folder.mkdir(exist_ok=True)
    shutil.copyfile(database, folder / "db.sqlite3")
    site = Site(folder, free_port(), server, changes)
    site.start()
    try:
        yield site
    finally:
        site.end()


if __name__ == "__main__":
    run_site(lambda: import_module("tests.sessions.asgi.hosted"), users=USERS)
