from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source import ROOT

pytestmark = pytest.mark.once

MEMORY = Path("/dev/shm")
NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"


@pytest.fixture
def memory_folder(tmp_path: Path) -> Iterator[Path]:
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def crash(folder: Path, writes: int, *options: str) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.periodic.page_crash", str(folder), str(writes), *options]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    result: dict[str, int] = json.loads(done.stdout)
    print(result)
    return result


def assert_nothing_torn_or_lost(result: dict[str, int], *, writes: int) -> None:
    assert result["writes"] >= writes
    assert result["kills"] > 4 and result["reads"] > 100
    assert (result["torn"], result["lost"]) == (0, 0)
    assert result["left"] == 0 and result["swept"] == result["beside"]


def test_killed_writers_tear_and_lose_nothing(memory_folder: Path) -> None:
    writes = 1_000_000 if NIGHTLY else 5_000
    assert_nothing_torn_or_lost(crash(memory_folder, writes), writes=writes)


def test_killed_writers_that_sync_tear_and_lose_nothing(tmp_path: Path) -> None:
    writes = 5_000 if NIGHTLY else 500
    assert_nothing_torn_or_lost(crash(tmp_path, writes, "fsync"), writes=writes)
