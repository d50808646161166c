"""Where waiting runs stand in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..models import TaskRun
from .claim import PRIORITIES

# Who waits further behind hears only that.
MAX_PLACES = 1000


@dataclass(frozen=True)
class Queue:
    """``places``: of the runs that start next, by primary key, from 1; ``is_whole``: of all that wait."""

    places: dict[int, int]
    is_whole: bool


def read_queue(now: datetime) -> Queue:
    """Return who starts next, in the order in which workers claim; reads MAX_PLACES keys at most."""
    keys: list[int] = []
    for priority in PRIORITIES:
        rows = TaskRun.objects.startable(now).filter(priority=priority).order_by("run_after", "pk")
        keys += rows.values_list("pk", flat=True)[: MAX_PLACES + 1 - len(keys)]
        if len(keys) > MAX_PLACES:
            break
    places = {key: place for place, key in enumerate(keys[:MAX_PLACES], 1)}
    return Queue(places, is_whole=len(keys) <= MAX_PLACES)
