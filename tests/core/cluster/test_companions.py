"""Each case in a process of its own: what it starts shall die with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smallweb.core.cluster.companions import (
    FIRST_PAUSE_S,
    MAX_PAUSE_S,
    Companion,
    CompanionSource,
    companion_sources,
    restart_pause_s,
    wanted_companions,
)
from tests.acceptance.processes import all_gone, kill_quietly
from tests.source import ROOT
from tests.waiting import is_alive, wait_for

pytestmark = pytest.mark.once

Start = Callable[[str], subprocess.Popen[str]]

_START = """
import os, sys, time
import django
django.setup()
from smallweb.core.cluster import companions as module
from smallweb.core.cluster.companions import Companion, Companions

module.manage = lambda: [sys.executable, "-c"]

def companion(code, name="a"):
    return Companion(name=name, arguments=("import os, signal, sys, time\\n" + code,))

def look_until(kept, condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        kept.look()
        time.sleep(0.01)
"""
SLEEP = "print(os.getpid(), flush=True); time.sleep(600)"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts Python code with a run folder of its own, shared within a test."""
    begun: list[subprocess.Popen[str]] = []
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SMALLWEB_TEST_DIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "typings"), str(ROOT)]),
    }

    def start(code: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _START + code],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def _run(started: Start, code: str) -> tuple[list[str], str]:
    said, errors = started(code).communicate(timeout=60)
    return said.split(), errors


def _next_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_one_that_ends_is_started_again_and_the_end_is_told(started: Start) -> None:
    code = """
kept = Companions([companion("print('x', flush=True); sys.exit(3)")])
one = kept._kept[0]
look_until(kept, lambda: one._failures == 3)
kept.end()
"""
    said, errors = _run(started, code)
    assert said == ["x", "x", "x"]
    assert "companion=a ended with 3: starting it in 0.25 s" in errors
    assert "starting it in 1 s" in errors


def test_one_that_has_worked_before_it_ended_is_no_failure(started: Start) -> None:
    code = """
kept = Companions([companion("from smallweb.core.processes import say_worked; say_worked(); say_worked()")])
look_until(kept, lambda: kept.pids)
look_until(kept, lambda: not kept.pids)
print(kept._kept[0]._failures)
"""
    assert _run(started, code)[0] == ["0"]


def test_they_are_asked_to_end_and_those_that_do_not_are_killed(started: Start) -> None:
    code = """
module.STOP_GRACE_S = 0.3
here = os.environ["SMALLWEB_TEST_DIR"]

def sleeper(name, on_term):
    code = f"signal.signal(signal.SIGTERM, {on_term})\\nopen('{here}/{name}', 'w')\\ntime.sleep(600)"
    return companion(code, name)

polite = sleeper("polite", "lambda *_: (print('bye', flush=True), os._exit(0))")
kept = Companions([polite, sleeper("deaf", "signal.SIG_IGN")])
look_until(kept, lambda: {"polite", "deaf"} <= set(os.listdir(here)))
kept.end()
print(kept.pids)
"""
    said, errors = _run(started, code)
    assert said == ["bye", "set()"]
    assert "companion=deaf did not end" in errors
    assert "companion=polite did not end" not in errors


def test_two_clusters_have_one_of_them_and_the_other_takes_over(started: Start) -> None:
    code = f"""
kept = Companions([companion({SLEEP!r})])
print(os.getpid(), flush=True)
while True:
    kept.look()
    time.sleep(0.02)
"""
    first = started(code)
    _next_pid(first)
    companion = _next_pid(first)
    second = started(code)
    _next_pid(second)
    assert is_alive(companion)
    kill_quietly(first.pid)
    wait_for(lambda: all_gone([companion]), what="the companion dies with its cluster")
    assert is_alive(_next_pid(second))


def test_what_a_companion_has_started_ends_with_it(started: Start) -> None:
    code = """
import subprocess
kept = Companions([companion("import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True)")])
look_until(kept, lambda: kept._kept[0]._failures)
"""
    (sleeper,), _errors = _run(started, code)
    wait_for(lambda: all_gone([int(sleeper)]))


def test_what_cannot_be_started_is_tried_later(started: Start) -> None:
    code = """
module.manage = lambda: ["/nowhere/python"]
kept = Companions([companion("")])
kept.look()
print(kept.pids, kept._kept[0]._failures)
"""
    said, errors = _run(started, code)
    assert said == ["set()", "1"]
    assert "companion=a did not start" in errors


def test_the_pauses_grow_to_half_a_minute() -> None:
    assert [restart_pause_s(n) for n in (0, 1, 2, 3)] == [FIRST_PAUSE_S, FIRST_PAUSE_S, 0.5, 1.0]
    assert restart_pause_s(100) == MAX_PAUSE_S


def test_every_source_is_asked() -> None:
    one = Companion(name="one", arguments=("check",))
    source = CompanionSource(name="some", find=lambda: [one])
    with companion_sources.temporarily(source):
        assert one in wanted_companions()
