"""Packages that tests host, and that cannot stand beside those of the tests' own environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.source import ROOT


def installed(requirements: str) -> Path:
    """Return a folder with what a locked file of ``requirements/`` names, installed once.

    Where that fails, the test is skipped, or in CI fails.
    """
    lock = ROOT / "requirements" / requirements
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / "tests" / f"{lock.stem}-{digest}"
    if not folder.exists():
        _install(lock, folder)
    return folder


def _install(lock: Path, folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        options = ["--quiet", "--target", str(made), "--require-hashes", "--requirement", str(lock)]
        done = subprocess.run([*_pip(), *options], capture_output=True, text=True, timeout=300)
        if done.returncode == 0:
            made.rename(folder)
            return
    reason = f"{lock.name} cannot be installed: {done.stderr[-500:]}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _pip() -> list[str]:
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--no-deps"]
