"""Real processes of a site: what they are given, and whether they are gone."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.settings import RUN_DIR
from tests.source import ROOT
from tests.waiting import is_alive

_FOREIGN = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "SMALLWEB_SITE", "PYTEST_XDIST_WORKER")


def site_environment(data: Path, **changes: str) -> dict[str, str]:
    """Return the environment of a site that has everything in ``data``, and nothing of these tests."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return {
        **kept,
        "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
        "PYTHONUNBUFFERED": "1",
        "SMALLWEB_DATA": str(data),
        **changes,
    }


def migrated_database() -> Path:
    """Return a SQLite file with the suite's own tables, made once for all processes of a run."""
    folder = RUN_DIR / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            environment = site_environment(folder, SMALLWEB_APPS="")
            command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
            (folder / "done").touch()
    return folder / "db.sqlite3"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def children_of(pid: int) -> list[int]:
    """Return the process's own children, the oldest first."""
    try:
        found = psutil.Process(pid).children()
        return [child.pid for child in sorted(found, key=lambda child: (child.create_time(), child.pid))]
    except psutil.NoSuchProcess:
        return []


def tree_of(pid: int) -> list[int]:
    """Return the process and all below it."""
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def all_gone(pids: Iterable[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def kill_quietly(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
