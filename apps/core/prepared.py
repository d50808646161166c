"""Queries that are asked so often that to build their SQL costs more than to answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

M = TypeVar("M", bound=models.Model)

# Stands for the moment in the SQL that is kept; no row has it.
_MARK = datetime(1, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


@dataclass(frozen=True)
class _Kept:
    """``fields`` are those of the model that stand in a row, ``converters`` make Python values of it."""

    sql: str
    params: tuple[Any, ...]
    mark: object
    fields: list[str]
    compiler: Any
    converters: Any


class Prepared(Generic[M]):
    """``build(now, *numbers)`` returns a queryset of the model; called likewise, this returns its rows.

    The SQL is built once for each database and each choice of ``numbers``, which should be few; only
    the moment is put in anew. Nothing else that the query depends on may change.
    """

    def __init__(self, model: type[M], build: Callable[..., models.QuerySet[M]]) -> None:
        self._model = model
        self._build = build
        self._kept: dict[tuple[object, ...], _Kept] = {}

    def __call__(self, now: datetime, *numbers: int) -> list[M]:
        connection = connections[self._model._default_manager.db]
        kind = (connection.alias, connection.vendor, *numbers)
        kept = self._kept.get(kind)
        if kept is None:
            mark = _MARK.replace(tzinfo=now.tzinfo)
            kept = self._kept[kind] = _keep(self._build(mark, *numbers), mark, connection)
        moment = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.execute(kept.sql, [moment if value == kept.mark else value for value in kept.params])
            rows = cursor.fetchall()
        made = kept.compiler.apply_converters(rows, kept.converters) if rows else ()
        return [self._model.from_db(connection.alias, kept.fields, row) for row in made]


def _keep(rows: models.QuerySet[M], mark: datetime, connection: BaseDatabaseWrapper) -> _Kept:
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    expressions = [column[0] for column in compiler.select]
    return _Kept(
        sql=sql,
        params=tuple(params),
        mark=connection.ops.adapt_datetimefield_value(mark),
        fields=[expression.target.attname for expression in expressions],
        compiler=compiler,
        converters=compiler.get_converters(expressions),
    )
