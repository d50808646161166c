"""The command as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source import ROOT
from tests.uploads.gate import Gate, gated
from tests.uploads.resumable.conftest import database, site
from tests.uploads.resumable.site import Site, environment

__all__ = ["database", "site"]

pytestmark = pytest.mark.once

MIB = 2**20


@pytest.fixture
def gate(site: Site) -> Iterator[Gate]:
    with gated(site.port) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(6 * MIB))
    return path


def start(site: Site, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    env = {**environment(site.folder), "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-m", "django", "smallweb_upload", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, **pipes)  # type: ignore[call-overload, no-any-return]


def run(site: Site, folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(site, folder, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_ctrl_c_and_the_same_command_goes_on(file: Path, site: Site, gate: Gate) -> None:
    arguments = (str(file), f"--to=http://127.0.0.1:{gate.port}/uploads/drop", "--text=title=a b", "--chunk=2MiB")
    gate.hold(3 * MIB)
    process = start(site, file.parent, *arguments)
    gate.wait_until_held()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    gate.open()
    assert process.returncode == 130
    assert "is broken off. The same command goes on with it." in err
    assert "a.bin  0 %  0 bytes of 6.0 MiB" in err
    assert "Traceback" not in err
    code, out, err = run(site, file.parent, *arguments)
    assert (code, json.loads(out)["text"]) == (0, {"title": "a b"})
    assert json.loads(out)["same"]
    assert "100 %" in err
    assert gate.sent < 7 * MIB


def test_exit_codes_tell_a_refusal_from_a_mistake(tmp_path: Path, site: Site) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0" * 10)
    file, url = str(tmp_path / "a.bin"), f"{site.url}/uploads"
    code, out, err = run(site, tmp_path, file, f"--to={url}/refuses", "--quiet")
    assert (code, out, err.strip()) == (1, "", f"CommandError: {file}: The oven is cold.")
    code, _, err = run(site, tmp_path, f"{file}x", f"--to={url}/drop")
    assert code == 1
    assert "cannot be read" in err
    for wrong in (["--chunk=0"], ["--chunk=big"], ["--text=a"]):
        code, _, err = run(site, tmp_path, file, f"--to={url}/drop", *wrong)
        assert code == 2
        assert "is no" in err
