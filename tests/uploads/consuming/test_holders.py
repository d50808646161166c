"""Who lives is known by a lock, and who is dead by the lack of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smallweb.core.run_dir import run_dir
from smallweb.uploads.consuming.holders import count_living, is_dead, living_holder
from tests.source import ROOT
from tests.waiting import wait_for

pytestmark = pytest.mark.once

_CODE = """
import django, time
django.setup()
from smallweb.uploads.consuming.holders import living_holder
with living_holder("mail") as holder:
    print(holder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def own_run_dir(settings: object, tmp_path: Path) -> None:
    values = {**settings.SMALLWEB_CORE, "RUN_DIR": tmp_path}  # type: ignore[attr-defined]
    settings.SMALLWEB_CORE = values  # type: ignore[attr-defined]


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A consumer in a process of its own."""
    code = f"from django.conf import settings; settings.SMALLWEB_CORE['RUN_DIR'] = {str(tmp_path)!r}\n{_CODE}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "typings"), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**environment, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


def test_each_has_a_name_of_its_own_that_fits_the_row() -> None:
    with living_holder("mail") as one, living_holder("mail") as two:
        assert one != two
        assert max(len(one), len(two)) <= 64
        assert not is_dead("mail", one)
        assert count_living("mail") == 2
    assert count_living("mail") == 0


def test_who_is_killed_is_dead_at_once(other: subprocess.Popen[str]) -> None:
    assert other.stdout is not None
    holder = other.stdout.readline().strip()
    assert not is_dead("mail", holder)
    assert count_living("mail") == 1
    other.send_signal(signal.SIGKILL)
    wait_for(lambda: is_dead("mail", holder), limit_s=2)
    assert count_living("mail") == 0


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_dead("mail", "elsewhere-1-abcd")


def test_what_the_killed_leave_is_forgotten_after_an_hour() -> None:
    old, new = (run_dir("consumers", "mail") / name for name in ("old", "new"))
    for path in (old, new):
        path.touch()
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    with living_holder("mail"):
        assert not old.exists()
        assert new.exists()
