"""Forget calls that are old, or too many."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from ..conf import rpc_settings

MAX_ROWS = 100_000
PRUNE_EVERY_S = 600.0
_PORTION = 1_000
_pruned_at = float("-inf")


def prune_calls(now: datetime) -> int:
    """Delete the calls older than LOG_KEEP_DAYS and all but about the newest MAX_ROWS; return how many."""
    from ..models import CallRecord

    before = now - timedelta(days=rpc_settings().log_keep_days)
    newest = CallRecord.objects.aggregate(newest=Max("pk"))["newest"] or 0
    deleted = 0
    for old in (
        CallRecord.objects.filter(at__lt=before),
        CallRecord.objects.filter(pk__lte=newest - MAX_ROWS),
    ):
        while ids := list(old.order_by("pk").values_list("pk", flat=True)[:_PORTION]):
            deleted += CallRecord.objects.filter(pk__in=ids).delete()[0]
    return deleted


def prune_now_and_then() -> None:
    """Prune, if that was not done within the last PRUNE_EVERY_S."""
    global _pruned_at
    if time.monotonic() - _pruned_at >= PRUNE_EVERY_S:
        _pruned_at = time.monotonic()
        prune_calls(timezone.now())
