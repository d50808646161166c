"""Many rows at once: locked for one worker, written in one round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

M = TypeVar("M", bound=models.Model)


def lock_free_rows(rows: models.QuerySet[M]) -> models.QuerySet[M]:
    """Lock the rows that no other worker holds and leave out the others.

    Where the database cannot (SQLite) its transaction is the only writer anyway.
    """
    if connections[rows.db].features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def update_rows(
    rows: Sequence[models.Model], fields: Sequence[str], *, only_if: Mapping[str, Any] | None = None
) -> None:
    """UPDATE these fields of each row by primary key; rows that do not meet ``only_if`` are left alone.

    ``only_if``: field names and the values that the stored row must still have, e.g. a lease.
    Faster than ``bulk_update``, which builds CASE expressions. Call it in a transaction.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    changed = [_field(model, name) for name in fields]
    required = [(_field(model, name), value) for name, value in (only_if or {}).items()]
    key = _field(model, "pk")
    assignments = ", ".join(f"{quote(str(field.column))} = %s" for field in changed)
    conditions = " AND ".join(
        f"{quote(str(field.column))} = %s" for field in [key, *(field for field, _ in required)]
    )
    guards = [field.get_db_prep_save(value, connection) for field, value in required]
    prepared = _Prepared(connection)
    parameters = [
        [
            *(prepared.value(field, field.pre_save(row, False)) for field in changed),
            key.get_db_prep_value(row.pk, connection),
            *guards,
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {assignments} WHERE {conditions}",  # noqa: S608
            parameters,
        )


class _Prepared:
    """Values as the database takes them; rows of one round have most of their moments in common."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._moments: dict[tuple[str, datetime], Any] = {}

    def value(self, field: models.Field[Any, Any], value: Any) -> Any:
        if not isinstance(value, datetime):
            return field.get_db_prep_save(value, self._connection)
        key = (field.name, value)
        if key not in self._moments:
            self._moments[key] = field.get_db_prep_save(value, self._connection)
        return self._moments[key]


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field
