"""Put items into a queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from ..models import QueueItem
from .ring_consumers import ring_consumers

_PORTION = 500


def put_items(queue: str, values: Sequence[Any]) -> None:
    """Store plain JSON values in this order, and wake the consumers when the transaction commits."""
    now = timezone.now()
    rows = [QueueItem(queue=queue, value=value, created_at=now) for value in values]
    if not rows:
        return
    with transaction.atomic():
        QueueItem.objects.bulk_create(rows, batch_size=_PORTION)
        ring_consumers(queue)
