"""Rows for what is registered in code: the code's defaults come in, the operators' edits stay."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.apps import AppConfig
from django.db import IntegrityError, connections, transaction
from django.db.models.signals import post_migrate

from .models import RegisteredRow

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=RegisteredRow)


@dataclass
class SyncResult:
    """Names of the rows that were made, changed, or found to have no code any more."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = (("new", self.created), ("changed", self.updated), ("without code", self.vanished))
        return ", ".join(f"{len(names)} {word}" for word, names in parts)


_syncs: dict[type[RegisteredRow], Callable[[], SyncResult]] = {}


def register_sync(config: AppConfig, model: type[RegisteredRow], sync: Callable[[], SyncResult]) -> None:
    """Have ``sync`` fill the table of ``model`` after migrate and whenever ``sync_all`` is called."""

    def after_migrate(**kwargs: Any) -> None:
        if kwargs["using"] == "default" and _is_migrated(model):
            sync()

    _syncs[model] = sync
    post_migrate.connect(after_migrate, sender=config, weak=False, dispatch_uid=f"sync {model._meta.label}")


def sync_all() -> dict[str, SyncResult]:
    """Sync every app's registry into its rows; an app whose tables are not migrated yet is left out."""
    return {
        str(model._meta.verbose_name_plural): sync() for model, sync in _syncs.items() if _is_migrated(model)
    }


Prepare = Callable[[R, list[str]], Iterable[str]]


def sync_rows(
    model: type[R], defaults: Mapping[str, Mapping[str, Any]], *, prepare: Prepare[R] | None = None
) -> SyncResult:
    """Make the rows of ``model`` follow ``defaults``: the name of each entry to its field values.

    A field that nobody edited follows the code; an edited field keeps its value; a row whose name is
    not in ``defaults`` is marked ``in_code=False`` and kept. The values must be JSON or what their
    field reads back from JSON (foreign keys: give the ``_id``). ``prepare(row, changed)`` may set
    further fields of a row that is saved next, and returns their names; a new row changes all over.
    """
    try:
        result = _sync_all_rows(model, defaults, prepare)
    except IntegrityError:  # another process made the same rows meanwhile; now they are there
        result = _sync_all_rows(model, defaults, prepare)
    if result.created or result.updated or result.vanished:
        logger.info("sync=%s %s", model._meta.label, result)
    return result


@transaction.atomic
def _sync_all_rows(
    model: type[R], defaults: Mapping[str, Mapping[str, Any]], prepare: Prepare[R] | None
) -> SyncResult:
    result = SyncResult()
    rows = {row.name: row for row in model._default_manager.select_for_update()}
    for name, values in defaults.items():
        row = rows.get(name) or model(name=name, in_code=True)
        changed = row.follow_code(values)
        if not changed and not row._state.adding:
            continue
        more = prepare(row, changed) if prepare else ()
        if row._state.adding:
            row.save(force_insert=True)
            result.created.append(name)
        else:
            row.save(update_fields=[*changed, *more])
            result.updated.append(name)
    for row in rows.values():
        if row.in_code and row.name not in defaults:
            row.in_code = False
            row.save(update_fields=["in_code"])
            result.vanished.append(row.name)
    return result


def _is_migrated(model: type[RegisteredRow]) -> bool:
    """Whether the table has every column: a migration may stop before the newest."""
    introspection, table = connections["default"].introspection, model._meta.db_table
    with connections["default"].cursor() as cursor:
        if table not in introspection.table_names(cursor):
            return False
        there = {column.name for column in introspection.get_table_description(cursor, table)}
    return {field.column for field in model._meta.local_concrete_fields} <= there
