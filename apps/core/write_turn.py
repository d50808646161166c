"""Transactions of the workers, one after the other where the database lets only one write."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from .run_dir import run_dir


@contextmanager
def write_turn() -> Iterator[None]:
    """An ``atomic`` block for short writes; with SQLite the workers of this machine take turns in it.

    SQLite polls for its lock, in pauses of up to 100 ms, and may pass over who waits longest; the
    kernel wakes the next one at once. The turn ends with the commit, before the hooks of
    ``on_commit``, which may take long and may write themselves. Inside a transaction there is no turn
    to wait for: it holds the database already, or has its turn.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with _turn() as end, transaction.atomic():
        transaction.on_commit(end)
        yield


@contextmanager
def _turn() -> Iterator[Callable[[], None]]:
    """Hold the lock until what is given is called, or to the end."""
    fd = os.open(run_dir("locks") / "database.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "rb+", buffering=0) as file:

        def end() -> None:
            # To close it would not do: a process forked meanwhile has it open, too.
            fcntl.flock(file, fcntl.LOCK_UN)

        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield end
        finally:
            end()
