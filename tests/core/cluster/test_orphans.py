"""Each case in a process of its own: the process adopts, kills and reaps."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.acceptance.processes import all_gone
from tests.source import ROOT

_START = """
import os, subprocess, sys, time
from smallweb.core.cluster.orphans import adopt_orphans, end_descendants, reap_orphans

def fork(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return pid

def leave_sleeper():
    sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
    print(sleeper.pid, flush=True)
"""


def _run(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _START + code],
        env={"PYTHONPATH": str(ROOT / "typings"), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
def test_orphans_are_ended_in_whatever_session_they_hide() -> None:
    sleeper, ended = _run(
        "adopt_orphans(); os.waitpid(fork(leave_sleeper), 0); print(end_descendants(limit_s=5))"
    )
    assert ended == "True"
    assert all_gone([int(sleeper)])


def test_children_are_ended_too() -> None:
    assert _run("fork(lambda: time.sleep(600)); print(end_descendants(limit_s=5))") == ["True"]


def test_without_children_there_is_nothing_to_end() -> None:
    assert _run("print(end_descendants(limit_s=0))") == ["True"]


def test_those_that_ended_are_reaped_but_for_the_one_that_is_looked_after() -> None:
    code = """
other, kept = fork(lambda: None), fork(lambda: None)
for pid in (other, kept):
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
reap_orphans(but=[kept])
print(os.waitpid(kept, 0)[0] == kept)
reap_orphans()
"""
    assert _run(code) == ["True"]


def test_a_child_is_spared_with_all_below_it() -> None:
    code = """
def leave_sleeper_and_stay():
    leave_sleeper()
    time.sleep(600)

kept, other = fork(leave_sleeper_and_stay), fork(lambda: time.sleep(600))
while len(psutil.Process(kept).children()) < 1:
    time.sleep(0.01)
print(end_descendants(limit_s=5, but=[kept]), psutil.pid_exists(kept), psutil.pid_exists(other))
print(len(psutil.Process(kept).children()), end_descendants(limit_s=5))
"""
    _sleeper, *said = _run("import psutil" + code)
    assert said == ["True", "True", "False", "1", "True"]


def test_nobody_left_to_be_reaped_is_no_fault() -> None:
    assert _run("reap_orphans(but=[1]); fork(lambda: time.sleep(1)); reap_orphans(but=[1])") == []
