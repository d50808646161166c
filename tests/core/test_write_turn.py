from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from django.db import connection, transaction

from smallweb.core.write_turn import write_turn


@pytest.mark.django_db(transaction=True)
def test_a_turn_is_a_transaction() -> None:
    with write_turn():
        assert connection.in_atomic_block
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite's writers take turns")
def test_with_sqlite_the_next_turn_begins_when_the_first_has_ended() -> None:
    order: list[str] = []
    waits = threading.Event()

    def take_the_second() -> None:
        waits.set()
        with write_turn():
            order.append("second")
        connection.close()

    second = threading.Thread(target=take_the_second)
    with write_turn():
        second.start()
        waits.wait()
        order.append("first")
    second.join()
    assert order == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_a_turn_that_fails_writes_nothing_and_lets_the_next_begin() -> None:
    with pytest.raises(ZeroDivisionError), write_turn():
        raise ZeroDivisionError
    with write_turn():
        assert connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_what_follows_a_turn_s_commit_does_not_hold_up_the_next_turn() -> None:
    order: list[str] = []

    def take_another() -> None:
        with write_turn():
            order.append("another")
        connection.close()

    def follow() -> None:
        another = threading.Thread(target=take_another, daemon=True)
        another.start()
        another.join(10)
        order.append("hook")

    with write_turn():
        transaction.on_commit(follow)
    assert order == ["another", "hook"]


@pytest.mark.django_db(transaction=True)
def test_a_turn_inside_another_or_inside_a_transaction_waits_for_nobody() -> None:
    with write_turn(), write_turn():
        assert connection.in_atomic_block
    with transaction.atomic(), write_turn():
        assert connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite's writers take turns")
def test_a_process_that_is_forked_in_a_turn_does_not_keep_it() -> None:
    with write_turn():
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
    try:
        taken = threading.Thread(target=_take_a_turn, daemon=True)
        taken.start()
        taken.join(10)
        assert not taken.is_alive()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _take_a_turn() -> None:
    with write_turn():
        pass
    connection.close()
