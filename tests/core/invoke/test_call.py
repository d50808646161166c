from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from smallweb.core import GiveUp
from smallweb.core.exceptions import PublicError
from smallweb.core.invoke import Outcome, call_function
from smallweb.core.invoke.call import CANCEL_SIGNAL
from smallweb.core.text import MAX_TEXT
from tests.core.invoke import functions


def _call(function: Callable[[], Any], timeout_s: float | None = 5.0) -> Outcome:
    return call_function(function, {}, timeout_s=timeout_s)


@pytest.mark.parametrize("function", [functions.answer, functions.answer_later])
def test_sync_and_async_functions_give_their_value(function: Callable[[], Any]) -> None:
    outcome = _call(function)
    assert outcome.succeeded
    assert outcome.value == 42
    assert outcome.duration_s > 0


def test_keyword_arguments_arrive() -> None:
    assert call_function(lambda a, b: a - b, {"b": 1, "a": 3}).value == 2


def test_an_exception_becomes_a_sentence_and_a_traceback_of_the_users_frames_only() -> None:
    outcome = _call(functions.raise_error)
    assert outcome.code == "call_failed"
    assert outcome.error == "ValueError: the sensor is off"
    assert "in raise_error" in outcome.traceback
    assert "in call_function" not in outcome.traceback


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (functions.exit_python, "It called sys.exit('enough')."),
        (functions.interrupt, "KeyboardInterrupt: "),
        (functions.raise_broken_text, "BrokenText"),
        (functions.raise_odd_text, "ValueError: NUL \ufffd and surrogate \ufffd"),
    ],
)
def test_whatever_is_raised_stays_here(function: Callable[[], Any], error: str) -> None:
    outcome = _call(function)
    assert outcome.code == "call_failed"
    assert outcome.error == error


def test_endless_recursion_is_a_failure() -> None:
    assert _call(functions.recurse).error.startswith("RecursionError")


def test_an_error_of_the_suite_keeps_its_code_as_text() -> None:
    assert _call(functions.raise_oddly_coded).code == "7"


def test_a_huge_error_is_cut() -> None:
    outcome = _call(functions.raise_huge_text)
    assert len(outcome.error) == MAX_TEXT
    assert len(outcome.traceback) == MAX_TEXT


@pytest.mark.parametrize("function", [functions.loop, functions.sleep, functions.sleep_async])
def test_python_code_is_interrupted_where_it_hangs(function: Callable[[], Any]) -> None:
    outcome = _call(function, timeout_s=0.1)
    assert outcome.code == "call_timed_out"
    assert outcome.error == "It ran longer than its timeout of 0.1 s."
    assert f"in {function.__name__}" in outcome.traceback


@pytest.mark.parametrize("timeout_s", [float("nan"), float("inf"), -1.0])
def test_a_timeout_that_no_timer_takes_is_a_failure(timeout_s: float) -> None:
    assert not _call(functions.answer, timeout_s=timeout_s).succeeded


def test_the_timer_and_its_handler_are_put_back() -> None:
    before = signal.getsignal(signal.SIGALRM)
    _call(functions.sleep, timeout_s=0.05)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_outside_the_main_thread_it_runs_without_a_timer() -> None:
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(_call(functions.answer, timeout_s=0.001)))
    thread.start()
    thread.join()
    assert outcomes[0].value == 42


def test_a_signal_cancels_a_call_where_it_is_and_lets_it_clear_up() -> None:
    cleared: list[bool] = []

    def wait() -> None:
        try:
            os.kill(os.getpid(), CANCEL_SIGNAL)
            time.sleep(600)
        finally:
            cleared.append(True)

    before = signal.getsignal(CANCEL_SIGNAL)
    outcome = _call(wait)
    assert (outcome.code, outcome.error) == ("call_cancelled", "It was asked to end.")
    assert "in wait" in outcome.traceback
    assert cleared == [True]
    assert signal.getsignal(CANCEL_SIGNAL) is before


def test_a_function_that_says_it_gives_up_has_its_own_sentence() -> None:
    def give_up() -> None:
        raise GiveUp("No such customer.")

    outcome = _call(give_up)
    assert (outcome.code, outcome.error) == ("gave_up", "No such customer.")


def test_a_sentence_for_the_caller_is_known_by_its_name() -> None:
    def refuse() -> None:
        raise PublicError("We open at 8: come again.")

    assert _call(refuse).error == "PublicError: We open at 8: come again."
