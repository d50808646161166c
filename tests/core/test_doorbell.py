from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.doorbell import Doorbell, ring
from smallweb.core.run_dir import run_dir
from tests.source import ROOT

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "run"
    settings.SMALLWEB_CORE = {"RUN_DIR": folder}
    return folder


def test_a_ring_before_the_wait_is_not_lost() -> None:
    with Doorbell("work") as bell:
        ring("work")
        assert bell.wait(5)
        assert not bell.wait(0)


def test_one_wake_up_answers_all_rings() -> None:
    with Doorbell("work") as bell:
        for _ in range(5):
            ring("work")
        assert bell.wait(5)
        assert not bell.wait(0)


def test_every_listener_of_the_name_is_woken_and_no_other() -> None:
    with Doorbell("work") as one, Doorbell("work") as two, Doorbell("other") as other:
        ring("work")
        assert one.wait(5)
        assert two.wait(5)
        assert not other.wait(0)


def test_another_process_wakes_a_listener(run_folder: Path) -> None:
    code = (
        "from django.conf import settings\n"
        f"settings.configure(SMALLWEB_CORE={{'RUN_DIR': {str(run_folder)!r}}})\n"
        "from smallweb.core.doorbell import ring; ring('work')"
    )
    with Doorbell("work") as bell:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        assert bell.wait(5)


def test_a_listener_can_be_polled_by_its_descriptor() -> None:
    with Doorbell("work") as bell:
        poll = select.poll()
        poll.register(bell.fileno(), select.POLLIN)
        assert poll.poll(0) == []
        ring("work")
        assert poll.poll(5_000)
        bell.clear()
        assert poll.poll(0) == []


def test_ringing_where_nobody_listens_is_harmless() -> None:
    ring("work")


def test_a_listener_that_does_not_read_never_blocks_the_ringer() -> None:
    with Doorbell("work") as bell:
        for _ in range(2_000):
            ring("work")
        assert bell.wait(0)


def test_the_socket_of_a_dead_process_is_removed() -> None:
    with Doorbell("work") as alive:
        bell = Doorbell("work")
        assert bell._socket is not None
        bell._socket.close()  # As the end of a killed process does: its file stays.
        assert len(list(run_dir("bells", "work").iterdir())) == 2
        ring("work")
        assert len(list(run_dir("bells", "work").iterdir())) == 1
        assert alive.wait(5)


def test_closing_removes_the_socket_and_may_be_repeated() -> None:
    bell = Doorbell("work")
    bell.close()
    bell.close()
    assert list(run_dir("bells", "work").iterdir()) == []


def test_a_folder_may_lie_deeper_than_a_sockets_address_is_long(tmp_path: Path, settings: Any) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / ("d" * 100) / ("e" * 100)}
    with Doorbell("work") as bell:
        ring("work")
        assert bell.fileno() >= 0
        assert bell.wait(5)


def test_a_forked_child_listens_for_itself() -> None:
    bell = Doorbell("work")
    ring("work")
    child = os.fork()
    if child == 0:
        heard_the_parents = bell.wait(0)
        bell.close()
        os._exit(3 if heard_the_parents else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert bell.wait(0)
    ring("work")
    assert bell.wait(5)
    bell.close()


def test_the_folder_of_the_bells_is_private(run_folder: Path) -> None:
    with Doorbell("work"):
        for folder in (run_folder, run_folder / "bells", run_folder / "bells" / "work"):
            assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_used_is_logged_not_raised(
    run_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_folder.write_text("a file where the folder should be")
    ring("work")
    assert "bell=work could not be rung" in caplog.text


def test_where_no_socket_can_be_had_the_listener_polls(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr("socket.AF_UNIX")
    with Doorbell("work") as bell:
        assert bell.fileno() == -1
        started = time.monotonic()
        assert bell.wait(10)
        assert time.monotonic() - started < 5
        bell.clear()
        ring("work")


def test_an_address_that_cannot_be_bound_makes_the_listener_deaf(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / ("d" * 120)}
    monkeypatch.setattr("smallweb.core.doorbell.sys.platform", "elsewhere")
    with Doorbell("work") as bell:
        assert bell.fileno() == -1
    assert "is deaf" in caplog.text
    ring("work")
