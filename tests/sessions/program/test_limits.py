"""What the kernel keeps of a process; each test has one of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.source import ROOT

pytestmark = pytest.mark.once

_BEGIN = f"""
import sys
sys.path.insert(0, {str(ROOT / "typings")!r})
from smallweb.sessions.program.limits import set_limits
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", _BEGIN + script], capture_output=True, text=True, timeout=60)


def test_memory_past_the_limit_is_refused() -> None:
    done = run("set_limits({'memory_mb': 50})\nbytearray(20 * 2**20)\nbytearray(80 * 2**20)")
    assert "MemoryError" in done.stderr


def test_threads_have_room() -> None:
    done = run(
        "set_limits({'memory_mb': 100})\nimport threading\nend = threading.Event()\n"
        "threads = [threading.Thread(target=end.wait) for _ in range(40)]\n"
        "[thread.start() for thread in threads]\nend.set()\n[thread.join() for thread in threads]"
    )
    assert done.returncode == 0, done.stderr


def test_too_much_processor_time_ends_the_process() -> None:
    assert run("set_limits({'cpu_s': 1})\nwhile True: pass").returncode == -signal.SIGXCPU


def test_a_file_that_is_too_large_is_refused() -> None:
    done = run("set_limits({'file_mb': 1})\nimport tempfile\ntempfile.TemporaryFile().write(bytes(2**21))")
    assert "File too large" in done.stderr


def test_too_many_files_are_refused() -> None:
    done = run("set_limits({'open_files': 20})\nkept = [open('/dev/null') for _ in range(30)]")
    assert "Too many open files" in done.stderr


def test_without_limits_only_dumps_are_refused() -> None:
    done = run(
        "set_limits({'memory_mb': 0})\nimport resource\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY"
    )
    assert done.returncode == 0, done.stderr


def test_a_limit_above_the_system_s_is_the_system_s() -> None:
    done = run(
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "set_limits({'open_files': 100_000})\nassert resource.getrlimit(resource.RLIMIT_NOFILE) == (64, 64)"
    )
    assert done.returncode == 0, done.stderr
