"""Write many rows in one round, faster than ``bulk_update`` builds its CASE expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections, models, router


def update_rows(rows: Sequence[models.Model], fields: Sequence[str], *, only_if: Mapping[str, Any] | None = None) -> None:
    """UPDATE these fields of each row by primary key; rows that do not meet ``only_if`` are left alone.

    ``only_if``: field names and the values that the stored row must still have, e.g. a lease.
    Call it in a transaction.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    changed = [model._meta.get_field(name) for name in fields]
    required = [(model._meta.get_field(name), value) for name, value in (only_if or {}).items()]
    key = model._meta.pk
    assert key is not None
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in changed)
    conditions = " AND ".join(f"{quote(field.column)} = %s" for field in [key, *(field for field, _ in required)])
    guards = [field.get_db_prep_save(value, connection) for field, value in required]
    parameters = [
        [
            *(field.get_db_prep_save(field.pre_save(row, False), connection) for field in changed),
            row.pk,
            *guards,
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {assignments} WHERE {conditions}",  # noqa: S608
            parameters,
        )
