from __future__ import annotations

import multiprocessing
import os
import signal
import time

from smallweb.core.cluster.notice import Notice

_fork = multiprocessing.get_context("fork")


def test_a_notice_is_seen_by_all_processes_once_it_is_set() -> None:
    notice = Notice()
    setter = _fork.Process(target=notice.set)
    assert not notice.is_set()
    setter.start()
    assert notice.wait(10)
    setter.join()
    assert notice.is_set()
    assert notice.wait()
    notice.close()


def test_it_may_be_set_again_and_again() -> None:
    notice = Notice()
    for _ in range(3):
        notice.set()
    assert notice.is_set()
    notice.close()


def test_waiting_has_an_end() -> None:
    notice = Notice()
    begun = time.monotonic()
    assert not notice.wait(0.05)
    assert time.monotonic() - begun >= 0.05
    notice.close()


def test_who_is_killed_while_it_waits_stops_nobody() -> None:
    notice = Notice()
    waiter = _fork.Process(target=notice.wait)
    waiter.start()
    assert waiter.pid is not None
    os.kill(waiter.pid, signal.SIGKILL)
    waiter.join()
    notice.set()
    assert notice.is_set()
    notice.close()
