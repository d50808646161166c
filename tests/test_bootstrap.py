"""bootstrap.py in a copy of the tree, as far as that needs no network."""

from __future__ import annotations

import ast
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.source import ROOT

pytestmark = pytest.mark.once

LEVELS = ("run", "dev", "bench")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    for name in ("bootstrap.py", "pyproject.toml", *(f"requirements/{level}.txt" for level in LEVELS)):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def bootstrap(tree: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap_copy", tree / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _make_ready(bootstrap: Any, level: str) -> Any:
    """Put what a finished build leaves: the environment's Python and the stamp."""
    environment = bootstrap.Environment(bootstrap.ROOT / ".venv", os.path.realpath(sys.executable))
    python = Path(environment.python)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    environment.write_stamp(level)
    return environment


def test_an_older_python_can_read_the_script_and_be_told() -> None:
    ast.parse((ROOT / "bootstrap.py").read_text(), feature_version=(3, 7))


def test_without_a_command_it_lists_the_commands(tree: Path) -> None:
    ended = subprocess.run([sys.executable, "bootstrap.py"], cwd=tree, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "  test " in ended.stderr


@pytest.mark.parametrize(("held", "wanted", "ready"), [
    ("run", "run", True), ("run", "dev", False), ("dev", "run", True), ("dev", "dev", True),
])  # fmt: skip
def test_the_larger_environment_serves_the_smaller_need(
    bootstrap: Any, held: str, wanted: str, ready: bool
) -> None:
    assert _make_ready(bootstrap, held).holds(wanted) is ready


def test_the_benchmarks_have_an_environment_of_their_own(bootstrap: Any) -> None:
    assert {level: bootstrap._folder_of(level) for level in LEVELS} == {
        "run": ".venv",
        "dev": ".venv",
        "bench": ".venv-bench",
    }
    assert set(bootstrap.LOCKS) == set(LEVELS)


def test_an_interrupted_environment_is_not_taken_for_ready(bootstrap: Any) -> None:
    environment = _make_ready(bootstrap, "dev")
    environment.stamp.unlink()
    assert not environment.holds("run")


def test_a_new_lock_makes_the_environment_stale(bootstrap: Any, tree: Path) -> None:
    environment = _make_ready(bootstrap, "dev")
    with (tree / "requirements/run.txt").open("a") as lock:
        lock.write("# changed\n")
    assert not environment.holds("run")


def test_a_second_start_waits_for_the_first_and_uses_what_it_made(bootstrap: Any, tree: Path) -> None:
    with (tree / "bootstrap.py").open() as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [sys.executable, "bootstrap.py", "python", "-c", "print('ran')"],
            cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert second.stderr is not None
        assert "Waiting" in second.stderr.readline()
        _make_ready(bootstrap, "dev")
    out, complaints = second.communicate(timeout=20)
    assert (out, complaints) == ("ran\n", "")
