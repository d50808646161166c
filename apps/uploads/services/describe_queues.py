"""What waits in the queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from ..models import QueueItem
from ..queue_consumers import consumers

# A scrape must not read a table of millions: the oldest rows are counted.
MAX_COUNTED = 100_000
_WAITS = Q(holder="", has_failed=False)
_FIGURES = {
    "waiting": Count("pk", filter=_WAITS),
    "held": Count("pk", filter=~Q(holder="")),
    "failed": Count("pk", filter=Q(has_failed=True)),
    "oldest_at": Min("created_at", filter=_WAITS),
}


@dataclass(frozen=True, kw_only=True)
class QueueFigures:
    """``oldest_at``: since when the oldest of the waiting items waits."""

    name: str
    has_consumer: bool = False
    waiting: int = 0
    held: int = 0
    failed: int = 0
    oldest_at: datetime | None = None


def describe_queues() -> list[QueueFigures]:
    """Return the figures of each queue that has a consumer or items, by name; the oldest MAX_COUNTED items
    are counted.
    """
    items = QueueItem.objects.order_by("pk")
    last = items.values_list("pk", flat=True)[MAX_COUNTED - 1 : MAX_COUNTED].first()
    counted = items if last is None else items.filter(pk__lte=last)
    rows: Any = counted.order_by("queue").values("queue").annotate(**_FIGURES)
    found = {row["queue"]: {name: row[name] for name in _FIGURES} for row in rows}
    names = sorted({*found, *(made.name for made in consumers)})
    return [QueueFigures(name=name, has_consumer=name in consumers, **found.get(name, {})) for name in names]


def oldest_waiting() -> datetime | None:
    """Return since when the item waits that stands before all others of its kind; one look at an index."""
    return QueueItem.objects.waiting().order_by("pk").values_list("created_at", flat=True).first()
