from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smallweb.core.invoke import CallHost, CallRequest, EndCall, Outcome
from tests.core.invoke import functions
from tests.source import ROOT
from tests.waiting import is_alive, wait_for

pytestmark = pytest.mark.once


@pytest.fixture
def host() -> Iterator[CallHost]:
    host = CallHost(functions.handle)
    yield host
    host.close()


def _run(host: CallHost, *names: str, timeout_s: float = 10.0) -> list[Outcome]:
    return list(host.run([CallRequest(name, timeout_s) for name in names]))


def _child_pid(host: CallHost) -> int:
    return int(_run(host, "own_pid")[0].value)


def test_calls_run_in_order_in_one_other_process_that_is_kept(host: CallHost) -> None:
    first, second, third = _run(host, "own_pid", "count_calls", "count_calls")
    assert first.value != os.getpid()
    assert (second.value, third.value) == (1, 2)
    assert _child_pid(host) == first.value
    assert functions.calls == 0


@pytest.mark.parametrize("name", ["fork_and_exit", "fork_and_return"])
def test_a_copy_that_a_function_forks_answers_nothing(host: CallHost, name: str) -> None:
    forked, after, pid = _run(host, name, "answer", "own_pid")
    assert (forked.value, after.value) == ("the parent's", 42)
    assert _child_pid(host) == pid.value


def test_no_requests_need_no_process(host: CallHost) -> None:
    assert _run(host) == []


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("raise_error", "ValueError: the sensor is off"),
        ("exit_python", "It called sys.exit('enough')."),
        ("interrupt", "KeyboardInterrupt: "),
        ("raise_odd_text", "ValueError: NUL \ufffd and surrogate \ufffd"),
        ("raise_broken_text", "BrokenText"),
    ],
)
def test_a_function_that_raises_costs_no_process(host: CallHost, name: str, error: str) -> None:
    before, failed, after = _run(host, "own_pid", name, "own_pid")
    assert failed.code == "call_failed"
    assert failed.error == error
    assert after.value == before.value


@pytest.mark.parametrize("name", ["recurse", "generate", "give_unsendable", "give_too_large_number"])
def test_a_value_that_cannot_travel_is_a_failure_of_its_call_only(host: CallHost, name: str) -> None:
    failed, after = _run(host, name, "answer")
    assert failed.code == "call_failed"
    assert after.value == 42


def test_an_error_with_a_code_that_is_no_text_arrives(host: CallHost) -> None:
    assert _run(host, "raise_oddly_coded")[0].code == "7"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("exit_hard", "It ended its process: exit status 3."),
        ("kill_itself", "It ended its process: killed by SIGKILL."),
        ("crash", "It ended its process: killed by SIGSEGV."),
        ("leave_a_grandchild_and_exit", "It ended its process: exit status 3."),
    ],
)
def test_a_call_that_ends_its_process_fails_alone(host: CallHost, name: str, error: str) -> None:
    before, failed, after = _run(host, "answer", name, "answer")
    assert (before.value, after.value) == (42, 42)
    assert failed.code == "call_failed"
    assert failed.error == error


def test_a_crash_shows_where_it_was(host: CallHost) -> None:
    assert "in crash" in _run(host, "crash")[0].traceback


@pytest.mark.parametrize("name", ["loop", "sleep", "sleep_async"])
def test_a_call_over_its_time_is_interrupted_and_its_process_kept(host: CallHost, name: str) -> None:
    pid = _child_pid(host)
    failed, after = _run(host, name, "own_pid", timeout_s=0.1)
    assert failed.code == "call_timed_out"
    assert after.value == pid


@pytest.mark.parametrize("name", ["hang_in_c", "swallow_everything", "refuse_to_be_cancelled"])
def test_a_call_that_cannot_be_interrupted_is_killed_with_its_traceback(host: CallHost, name: str) -> None:
    pid = _child_pid(host)
    failed, after = _run(host, name, "answer", timeout_s=0.1)
    assert failed.code == "call_timed_out"
    assert "could not be interrupted" in failed.error
    assert ("in select" if name == "refuse_to_be_cancelled" else f"in {name}") in failed.traceback
    assert after.value == 42
    assert not is_alive(pid)


def test_a_call_that_writes_into_the_line_is_killed(host: CallHost) -> None:
    failed, after = _run(host, "write_into_the_line", "answer", timeout_s=5)
    assert failed.error.startswith("It broke the line to its process")
    assert after.value == 42


def test_a_child_that_was_killed_while_idle_is_replaced(host: CallHost) -> None:
    pid = _child_pid(host)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(pid))
    assert _run(host, "answer")[0].value == 42


def test_closing_kills_the_child_and_what_it_started(host: CallHost) -> None:
    child, grandchild = (outcome.value for outcome in _run(host, "own_pid", "leave_a_grandchild"))
    assert is_alive(grandchild)
    host.close()
    wait_for(lambda: not is_alive(child) and not is_alive(grandchild))


def test_closing_twice_or_unused_does_nothing(host: CallHost) -> None:
    host.close()
    host.close()


def test_an_iterator_that_is_closed_early_ends_what_was_left(host: CallHost) -> None:
    pid = _child_pid(host)
    outcomes = host.run([CallRequest("answer", 10), CallRequest("sleep", 600)])
    assert next(outcomes).value == 42
    outcomes.close()  # type: ignore[attr-defined]
    assert not is_alive(pid)
    assert _run(host, "answer")[0].value == 42


def test_an_error_while_waiting_leaves_and_ends_the_call(host: CallHost) -> None:
    pid = _child_pid(host)

    def lose_the_lease() -> None:
        raise RuntimeError("lease lost")

    with pytest.raises(RuntimeError, match="lease lost"):
        list(host.run([CallRequest("sleep", 600)], on_wait=lose_the_lease))
    assert not is_alive(pid)
    assert _run(host, "answer")[0].value == 42


def test_a_call_is_ended_and_the_others_go_on(host: CallHost) -> None:
    pid = _child_pid(host)
    calls = iter([EndCall, None, None])

    def end_the_first() -> None:
        if wish := next(calls):
            raise wish

    requests = [CallRequest(name, 600) for name in ("sleep", "answer", "own_pid")]
    ended, after, same = host.run(requests, on_wait=end_the_first)
    assert (ended.code, after.value, same.value) == ("call_cancelled", 42, pid)


def test_the_call_after_one_that_was_over_already_is_not_ended_in_its_place(host: CallHost) -> None:
    _child_pid(host)
    child = host._child
    assert child is not None
    calls = 0

    def end_the_first_when_it_is_over() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            wait_for(lambda: select.select([child.frames.sock], [], [], 0)[0])
            raise EndCall

    requests = [CallRequest("answer", 10), CallRequest("sleep", 0.5)]
    over, next_one = host.run(requests, on_wait=end_the_first_when_it_is_over)
    assert over.value == 42
    assert next_one.code == "call_timed_out"


def test_the_waiting_caller_is_heard_before_each_outcome(host: CallHost) -> None:
    heard: list[int] = []
    list(host.run([CallRequest("answer", 10)] * 3, on_wait=lambda: heard.append(1)))
    assert len(heard) == 3


def test_a_copy_in_a_forked_process_forks_its_own_child(host: CallHost) -> None:
    pid = _child_pid(host)
    read_fd, write_fd = os.pipe()
    fork = os.fork()
    if fork == 0:
        other = _run(host, "own_pid")[0].value
        os.write(write_fd, b"other" if other != pid else b"same")
        host.close()
        os._exit(0)
    os.waitpid(fork, 0)
    assert os.read(read_fd, 100) == b"other"
    os.close(read_fd)
    os.close(write_fd)
    assert _child_pid(host) == pid


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from smallweb.core.invoke import CallHost, CallRequest\n"
        "from tests.core.invoke import functions\n"
        "host = CallHost(functions.handle)\n"
        "[outcome] = host.run([CallRequest('own_pid', 10)])\n"
        "print(outcome.value, flush=True)\n"
        "list(host.run([CallRequest('swallow_everything', 600)]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    wait_for(lambda: not is_alive(child))


def _cancel() -> None:
    raise EndCall


@pytest.mark.parametrize("name", ["loop", "sleep", "sleep_async"])
def test_a_call_may_be_asked_to_end_and_its_process_is_kept(host: CallHost, name: str) -> None:
    pid = _child_pid(host)
    (outcome,) = host.run([CallRequest(name, 600)], on_wait=_Once(_cancel), wait_s=0.05)
    assert (outcome.code, outcome.error) == ("call_cancelled", "It was asked to end.")
    assert _child_pid(host) == pid


@pytest.mark.parametrize("name", ["hang_in_c", "swallow_everything", "refuse_to_be_cancelled"])
def test_a_call_that_does_not_end_when_asked_is_killed(host: CallHost, name: str) -> None:
    pid = _child_pid(host)
    requests = [CallRequest(name, 600), CallRequest("answer", 10)]
    cancelled, after = host.run(requests, on_wait=_Once(_cancel), wait_s=0.05)
    assert (cancelled.code, cancelled.error) == ("call_cancelled", "It was asked to end, and killed.")
    assert after.value == 42
    assert not is_alive(pid)


def test_what_a_call_posts_is_news_while_it_runs_and_after_it(host: CallHost) -> None:
    assert host.news() is None
    assert _run(host, "post_and_answer")[0].value == 42
    assert (host.news(), host.news()) == (b"posted", None)
    assert _run(host, "answer")[0].value == 42
    assert host.news() is None


def test_what_a_call_posted_before_it_ended_its_process_is_still_news(host: CallHost) -> None:
    assert not _run(host, "post_and_exit")[0].succeeded
    assert host.news() == b"posted"


class _Once:
    """Act at the third look: the call has begun by then."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action
        self._looks = 0

    def __call__(self) -> None:
        self._looks += 1
        if self._looks == 3:
            self._action()
