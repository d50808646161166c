"""The project as a user starts it: ``smallweb_up`` in a folder of its own, its tree gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.acceptance.processes import free_port, migrated_database, site_environment
from tests.source import ROOT
from tests.waiting import wait_for

START_S = 60.0
STOP_S = 40.0


@dataclass(frozen=True, kw_only=True)
class RunningSite:
    """A started project; ``folder`` holds its pages, ``data`` everything else, ``username`` is an admin."""

    url: str
    data: Path
    folder: Path
    username: str
    password: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def manage(self, *arguments: str) -> str:
        """Run a management command on the same data and return what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(self.data, {}), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill_web(self) -> None:
        """Kill the web server as a crash would; the supervisor starts it again."""
        for process in psutil.Process(self.process.pid).children():
            if "runserver" in process.cmdline():
                process.kill()

    def processes(self) -> list[psutil.Process]:
        """Every living process of this site, whoever its parent is."""
        return [process for process in psutil.process_iter() if _belongs_to(process, self.data)]


@contextmanager
def running_site(
    data: Path, *, env: Mapping[str, str] | None = None, arguments: tuple[str, ...] = ()
) -> Iterator[RunningSite]:
    """Yield the demo on a free port with everything in ``data``; end it and assert that nothing is left.

    ``arguments`` are further ones of ``smallweb_up``; pages that are in ``data/site`` already take the
    place of the demo's.
    """
    environment = _environment(data, env or {})
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "db.sqlite3").exists():
        shutil.copyfile(migrated_database(), data / "db.sqlite3")
    log = data / "smallweb_up.log"
    command = [sys.executable, "manage.py", "smallweb_up", "--port", str(free_port()), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        site = RunningSite(
            url=_answering_url(process, log),
            data=data,
            folder=Path(environment.get("SMALLWEB_SITE", str(data / "site"))),
            username=environment["DJANGO_SUPERUSER_USERNAME"],
            password=environment["DJANGO_SUPERUSER_PASSWORD"],
            process=process,
            log=log,
        )
        yield site
    finally:
        left = _stop(process, data)
    assert not left, f"processes are left: {left}\n{log.read_text()}"


def _environment(data: Path, changes: Mapping[str, str]) -> dict[str, str]:
    admin = {
        "DJANGO_SUPERUSER_USERNAME": "admin",
        "DJANGO_SUPERUSER_PASSWORD": "open sesame to the tests",
    }
    return site_environment(data, **{**admin, **changes})


def _answering_url(process: subprocess.Popen[bytes], log: Path) -> str:
    def printed() -> list[str]:
        assert process.poll() is None, f"smallweb_up ended:\n{log.read_text()}"
        return re.findall(r"Pages  (\S+)/\s", log.read_text())

    (url,) = wait_for(printed, limit_s=START_S)
    wait_for(lambda: _answers(url), limit_s=START_S)
    return url


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{url}/", timeout=5) as response:
        return bool(response.status == 200)
    return False


def _stop(process: subprocess.Popen[bytes], data: Path) -> list[psutil.Process]:
    """End it as Ctrl-C does; return, and kill, what did not end with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    left = [each for each in psutil.process_iter() if _belongs_to(each, data)]
    for each in left:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()
    return left


def _belongs_to(process: psutil.Process, data: Path) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get("SMALLWEB_DATA") == str(data)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
