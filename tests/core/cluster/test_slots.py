from __future__ import annotations

import os
import signal

import pytest
from django_q.conf import Conf

from smallweb.core.cluster.slots import count_free_slots, count_workers, task_slot


@pytest.fixture(autouse=True)
def _two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "WORKERS", 2)


def _fork_with_a_slot() -> tuple[int, bool]:
    """Fork a process that takes a slot and keeps it until it is killed; return whether it got one."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with task_slot() as has_slot:
            os.write(writer, b"1" if has_slot else b"0")
            signal.pause()
    got = os.read(reader, 1) == b"1"
    os.close(reader)
    os.close(writer)
    return pid, got


def test_one_worker_more_than_may_run_tasks() -> None:
    assert (count_workers(), count_free_slots()) == (3, 2)


def test_a_slot_is_one_process_and_ends_with_it() -> None:
    forks = [_fork_with_a_slot() for _ in range(3)]
    try:
        assert [got for _, got in forks] == [True, True, False]
        assert count_free_slots() == 0
        with task_slot() as has_slot:
            assert not has_slot
    finally:
        for pid, _ in forks:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    assert count_free_slots() == 2
    with task_slot() as has_slot:
        assert has_slot
