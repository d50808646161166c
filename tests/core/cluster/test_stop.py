from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from smallweb.core.cluster import stop
from smallweb.core.tasks import run_work
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _go_on_afterwards() -> Iterator[None]:
    yield
    stop.take_back_stop()


def test_nothing_is_to_end_unless_it_is_asked_to() -> None:
    assert not stop.is_stopping()
    assert not stop.has_to_end()


def test_what_runs_may_go_on_until_the_grace_is_over() -> None:
    stop.request_stop(0.1)
    assert stop.is_stopping()
    assert not stop.has_to_end()
    wait_for(stop.has_to_end)
    assert stop.is_stopping()


def test_a_stop_can_be_taken_back() -> None:
    stop.request_stop(0)
    assert stop.has_to_end()
    stop.take_back_stop()
    assert not stop.is_stopping()
    assert not stop.has_to_end()


def test_forked_processes_hear_of_it() -> None:
    process = multiprocessing.get_context("fork").Process(target=_exit_when_stopping)
    process.start()
    stop.request_stop(0)
    process.join(10)
    assert process.exitcode == 0


def _exit_when_stopping() -> None:
    wait_for(stop.has_to_end)


def test_no_hint_is_begun_any_more(caplog: pytest.LogCaptureFixture) -> None:
    stop.request_stop(60)
    run_work("no such source", 1)
    assert not caplog.records
    stop.take_back_stop()
    run_work("no such source", 1)
    assert "broke off" in caplog.text
