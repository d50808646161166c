"""A real server that takes uploads: ``python -m tests.uploads.resumable.site PORT uvicorn|daphne``."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.acceptance.processes import free_port, kill_quietly
from tests.served import run_site
from tests.source import ROOT
from tests.waiting import wait_for

CSRF = "c" * 32
USERS = ("ann", "bob")


@dataclass
class Site:
    """A server that can be killed and started again, and what it leaves on the disk."""

    folder: Path
    port: int
    server: str = "uvicorn"
    sessions: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def receiving(self) -> Path:
        return self.folder / "uploads/receiving"

    def environment(self) -> dict[str, str]:
        return environment(self.folder)

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.uploads.resumable.site", str(self.port), self.server],
                cwd=ROOT, env=self.environment(), text=True, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "log").read_text()[-3000:]
        self.sessions = json.loads(line)

    def kill(self) -> None:
        """End it as a loss of power would, and wait until it is gone."""
        if self.process is not None:
            kill_quietly(self.process.pid)
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def as_user(self, name: str) -> dict[str, str]:
        """Return the headers of a page of ours, which this user looks at."""
        return {
            "Cookie": f"sessionid={self.sessions[name]}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Ask the database of the site."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(query, values).fetchall()

    def upload(self, location: str) -> dict[str, Any]:
        """Return the row behind an address."""
        uuid = location.rstrip("/").rpartition("/")[2].replace("-", "")
        names = ("state", "received_bytes", "reserved_bytes", "text", "path", "error", "unverified_from")
        (row,) = self.rows(f"SELECT {', '.join(names)} FROM smallweb_uploads_upload WHERE uuid = ?", uuid)
        return dict(zip(names, row, strict=True))

    def taken_by(self, folder: str) -> tuple[int, int]:
        """Return what is promised of a folder's room, and what its files take."""
        (promised,) = self.rows(
            "SELECT coalesce(sum(reserved_bytes), 0) FROM smallweb_uploads_upload WHERE folder = ?", folder
        )
        (kept,) = self.rows(
            "SELECT coalesce(sum(size_bytes), 0) FROM smallweb_uploads_storedfile WHERE folder_id ="
            " (SELECT id FROM smallweb_uploads_uploadfolder WHERE name = ?)",
            folder,
        )
        return promised[0], kept[0]

    def received(self, location: str) -> Path:
        """Return where the bytes of an address lie while they come."""
        return self.receiving / location.rstrip("/").rpartition("/")[2]


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.uploads.resumable.site_settings",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_FOLDER": str(folder),
    }


def migrate(folder: Path) -> Path:
    """Make the database of a site, with its users; return it."""
    command = [sys.executable, "-m", "tests.uploads.resumable.site"]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "db.sqlite3"


@contextmanager
def served(folder: Path, database: Path, *, server: str = "uvicorn") -> Iterator[Site]:
    shutil.copyfile(database, folder / "db.sqlite3")
    site = Site(folder, free_port(), server)
    site.start()
    try:
        yield site
    finally:
        site.kill()


def wait_for_state(site: Site, location: str, state: str) -> None:
    wait_for(lambda: site.upload(location)["state"] == state, what=f"{state} of {site.upload(location)}")


if __name__ == "__main__":
    run_site(lambda: import_module("tests.uploads.resumable.sample"), users=USERS)
