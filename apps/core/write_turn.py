"""Transactions of the workers, one after the other where the database lets only one write."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from .run_dir import run_dir


@contextmanager
def write_turn() -> Iterator[None]:
    """An ``atomic`` block for short writes; with SQLite the workers of this machine take turns in it.

    SQLite polls for its lock, in pauses of up to 100 ms, and may pass over who waits longest; the
    kernel wakes the next one at once. Not to be nested.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    fd = os.open(run_dir("locks") / "database.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with transaction.atomic():
            yield
    finally:
        os.close(fd)
