"""``smallweb_apphost``: real processes of a host that was started to stay."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from smallweb.core.up_services import up_services, wanted_services
from smallweb.sessions.registry import apps, describe_app
from smallweb.sessions.services.host_link import ask_running_host
from smallweb.sessions.services.manage_sessions import Listed, list_sessions
from tests.acceptance.processes import all_gone, kill_quietly, site_environment
from tests.sessions.hosted import begin, host_running
from tests.source import ROOT
from tests.waiting import wait_for

pytestmark = pytest.mark.once

HOSTING = "Hosting counter, faulty, pusher, echo.\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a site that has been migrated."""
    made = site_environment(tmp_path_factory.mktemp("site"), SMALLWEB_APPS="tests.sessions.shown")
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    assert subprocess.run(command, cwd=ROOT, env=made).returncode == 0
    return made


@pytest.fixture
def run_folder(environment: dict[str, str], settings: Any) -> Path:
    """Have this process ask the host of the site."""
    folder = Path(environment["SMALLWEB_DATA"]) / "run"
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "RUN_DIR": folder}
    return folder


@contextmanager
def _started(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "smallweb_apphost"],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            kill_quietly(process.pid)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_it_hosts_until_a_signal_and_ends_all_sessions(environment: dict[str, str], run_folder: Path) -> None:
    with _started(environment) as process:
        assert _line(process) == HOSTING
        wait_for(lambda: len(psutil.Process(process.pid).children()) == 4, limit_s=30, what="warm templates")
        one = begin()
        pids = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        assert one.pid in pids
        process.terminate()
        assert process.wait(20) == 0
        wait_for(lambda: all_gone(pids))


def test_there_is_one_for_a_machine(environment: dict[str, str], run_folder: Path) -> None:
    with _started(environment) as process:
        assert _line(process) == HOSTING
        with _started(environment) as second:
            _, said = second.communicate(timeout=30)
            assert second.returncode == 1
            assert f"CommandError: The app host process runs already (pid {process.pid})" in said
        assert ask_running_host("leave") == {"leaves": False, "n": 1}
        assert list_sessions().has_host


def test_it_takes_over_from_one_that_was_started_on_first_use(
    environment: dict[str, str], run_folder: Path
) -> None:
    (run_folder / "sessions").mkdir(mode=0o700, parents=True, exist_ok=True)
    with host_running(run_folder / "sessions"):
        one = begin()
        with _started(environment) as process:
            assert _line(process) == HOSTING
            wait_for(lambda: all_gone([one.pid]))
            assert list_sessions(ended=True) == Listed(has_host=True)
            begin()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def test_it_is_run_beside_the_web_server_where_the_code_has_apps() -> None:
    assert up_services.get("apphost").arguments == ("smallweb_apphost",)
    assert "apphost" not in [each.name for each in wanted_services()]
    with apps.temporarily(describe_app("talker", "tests.sessions.talker:app")):
        assert "apphost" in [each.name for each in wanted_services()]
