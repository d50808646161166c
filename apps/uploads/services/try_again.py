"""Give failed items another chance."""

from __future__ import annotations

from django.db import transaction

from ..models import QueueItem
from .ring_consumers import ring_consumers


def try_again(item: QueueItem) -> bool:
    """Have a failed item wait again, its attempts forgotten; return whether it was failed."""
    with transaction.atomic():
        failed = QueueItem.objects.filter(pk=item.pk, has_failed=True)
        was_failed = bool(failed.update(has_failed=False, attempts=0, error=""))
        ring_consumers(item.queue)
    return was_failed
