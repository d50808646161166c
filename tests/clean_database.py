"""How the database becomes again what it was after migrate, after a test that has committed.

Django empties all tables and sends ``post_migrate``, which fills some of them again. On PostgreSQL that takes
a second, for TRUNCATE makes each table a new file; here what the tables held is kept beside them.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

from smallweb.core import sync

_KEPT = "kept__"


def keep_what_is_there() -> None:
    """Remember what the tables hold now; each test that commits ends with it."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    held = [table for table in tables if not _is_empty(table)]
    for table in held:
        _run(f"CREATE TABLE {_quoted(_KEPT + table)} AS SELECT * FROM {_quoted(table)}")

    def give_back(case: Any) -> None:
        with transaction.atomic():
            for table in tables:
                _run(f"DELETE FROM {_quoted(table)}")
            for table in held:
                _run(f"INSERT INTO {_quoted(table)} SELECT * FROM {_quoted(_KEPT + table)}")
        for follow_code in sync._syncs.values():
            follow_code()

    TransactionTestCase._fixture_teardown = give_back  # type: ignore[attr-defined]


def _is_empty(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {_quoted(table)} LIMIT 1")
        return cursor.fetchone() is None


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _quoted(table: str) -> str:
    return connection.ops.quote_name(table)
