"""Forget rows of a log that are old, or too many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max

MAX_ROWS = 100_000
_PORTION = 1_000


def prune_rows(model: Any, *, before: datetime) -> int:
    """Delete the rows whose ``at`` is before this, and all but about the newest MAX_ROWS; return how many."""
    rows = model._default_manager
    newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
    deleted = 0
    for old in (rows.filter(at__lt=before), rows.filter(pk__lte=newest - MAX_ROWS)):
        while ids := list(old.order_by("pk").values_list("pk", flat=True)[:_PORTION]):
            deleted += rows.filter(pk__in=ids).delete()[0]
    return deleted
