"""The command as a program of its own."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.source import ROOT
from tests.uploads.gate import Gate, gated
from tests.uploads.resumable.conftest import site
from tests.uploads.resumable.site import Site, environment

__all__ = ["site"]

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


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(*arguments: str) -> tuple[Any, str]:
    """Return what the command printed: the reply, and what stands beside it."""
    out, err = io.StringIO(), io.StringIO()
    call_command("smallweb_upload", *arguments, stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def test_after_ctrl_c_the_same_command_goes_on(file: Path, site: Site, gate: Gate) -> None:
    url = f"http://127.0.0.1:{gate.port}/uploads/drop"
    arguments = (str(file), f"--to={url}", "--text=title=a b", "--chunk=2MiB")
    gate.hold(3 * MIB)
    command = [sys.executable, "-m", "django", "smallweb_upload", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(site.folder), text=True, stderr=subprocess.PIPE
    )
    gate.wait_until_held()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    gate.open()
    assert process.returncode == 130
    assert "is broken off. The same command goes on with it." in err
    assert "a.bin  0 %  0 bytes of 6.0 MiB" in err
    assert "Traceback" not in err
    reply, err = run(*arguments)
    assert (reply["text"], reply["same"]) == ({"title": "a b"}, True)
    assert "100 %" in err
    assert gate.sent < 7 * MIB


def test_exit_codes_tell_a_refusal_from_a_broken_line(file: Path, site: Site, gate: Gate) -> None:
    with pytest.raises(CommandError, match=r"a\.bin: The oven is cold\.$") as caught:
        run(str(file), f"--to={site.url}/uploads/refuses", "--quiet")
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="cannot be read") as caught:
        run(f"{file}x", f"--to={site.url}/uploads/drop")
    assert caught.value.returncode == 1
    gate.end()
    with pytest.raises(CommandError, match=r"No answer.* The same command goes on with it\.$") as caught:
        run(str(file), f"--to=http://127.0.0.1:{gate.port}/uploads/drop", "--retries=0")
    assert caught.value.returncode == 3


def test_mistakes_are_told_before_anything_is_sent(file: Path, site: Site) -> None:
    for wrong in ("--chunk=0", "--chunk=big", "--text=a", "--text==a"):
        with pytest.raises(CommandError, match="is no"):
            run(str(file), f"--to={site.url}/uploads/drop", wrong)


def test_without_resume_nothing_is_remembered(file: Path, site: Site) -> None:
    reply, err = run(str(file), f"--to={site.url}/uploads/drop", "--no-resume", "--quiet")
    assert (reply["same"], err) == (True, "")
    assert not (file.parent / "cache").exists()
