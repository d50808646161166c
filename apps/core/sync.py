"""Rows for what is registered in code: the code's defaults come in, the operators' edits stay."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.apps import AppConfig
from django.db import connections, transaction
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
        if kwargs["using"] == "default" and _has_table(model):
            sync()

    _syncs[model] = sync
    post_migrate.connect(after_migrate, sender=config, weak=False, dispatch_uid=f"sync {model._meta.label}")


def sync_all() -> dict[str, SyncResult]:
    """Sync every app's registry into its rows; an app whose tables are not migrated yet is left out."""
    return {
        str(model._meta.verbose_name_plural): sync() for model, sync in _syncs.items() if _has_table(model)
    }


def sync_rows(model: type[R], defaults: Mapping[str, Mapping[str, Any]]) -> SyncResult:
    """Make the rows of ``model`` follow ``defaults``: the name of each entry to its field values.

    A field that nobody edited follows the code; an edited field keeps its value; a row whose name is
    not in ``defaults`` is marked ``in_code=False`` and kept. The values must be JSON or have a field
    that can turn its ``value_to_string`` back (foreign keys: give the ``_id``).
    """
    result = SyncResult()
    with transaction.atomic():
        rows = {row.name: row for row in model._default_manager.select_for_update()}
        for name, values in defaults.items():
            _sync_row(model, rows.get(name), name, values, result)
        for row in rows.values():
            if row.in_code and row.name not in defaults:
                row.in_code = False
                row.save(update_fields=["in_code"])
                result.vanished.append(row.name)
    if result.created or result.updated or result.vanished:
        logger.info("sync=%s %s", model._meta.label, result)
    return result


def _sync_row(
    model: type[R], row: R | None, name: str, values: Mapping[str, Any], result: SyncResult
) -> None:
    if row is None:
        row = model(name=name, in_code=True)
        row.follow_code(values)
        row.save(force_insert=True)
        result.created.append(name)
    elif changed := row.follow_code(values):
        row.save(update_fields=changed)
        result.updated.append(name)


def _has_table(model: type[RegisteredRow]) -> bool:
    return model._meta.db_table in connections["default"].introspection.table_names()
