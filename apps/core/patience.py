"""Statements that give up soon when the database is held by others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """A transaction that ends with OperationalError when a statement in it takes, or waits, too long.

    SQLite bounds the waiting for its lock, PostgreSQL the whole of each statement; other databases wait
    as they are set to. How long connecting may take is a matter of the connection's own settings.
    """
    if connection.vendor == "sqlite":
        with _sqlite_waits(seconds), transaction.atomic():
            yield
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(_ms(seconds))])
        yield


@contextmanager
def _sqlite_waits(seconds: float) -> Iterator[None]:
    with connection.cursor() as cursor:
        (usual_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_ms(seconds)}")
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {int(usual_ms)}")


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
