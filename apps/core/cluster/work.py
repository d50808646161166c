"""Work sources: each app says what is due and does it; the queue only carries hints.

A hint may come twice, late or never: what counts is the claim that ``run`` makes in the database. So
nothing is lost with a queue, a worker or a cluster, and two clusters may hint at the same work.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ..doorbell import ring
from ..registry import Entry, Registry

logger = logging.getLogger(__name__)

BELL = "workers"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something is due: ``key`` names it to the source, ``token`` tells one due time of it from the next."""

    key: int
    token: str


@dataclass(frozen=True, kw_only=True)
class WorkSource(Entry):
    """``find(now)``: what is due; ``next_at(now)``: when to look again; ``run(key)``: claim and do it.

    ``recover(now, dead_tree)`` takes back what dead workers hold and returns how much: everything whose
    lease is over, and what the process tree ``dead_tree`` held; each cluster calls it every few seconds.
    """

    find: Callable[[datetime], list[Hint]]
    next_at: Callable[[datetime], datetime | None]
    run: Callable[[int], object]
    recover: Callable[[datetime, uuid.UUID | None], int]


work_sources: Registry[WorkSource] = Registry("work source")


def recover_work(now: datetime, *, dead_tree: uuid.UUID | None = None) -> None:
    """Have every source take back what dead workers hold."""
    for source in work_sources:
        try:
            count = source.recover(now, dead_tree)
        except Exception:
            logger.exception("source=%s could not take back what dead workers hold", source.name)
        else:
            if count:
                logger.warning("source=%s recovered=%s runs of dead workers", source.name, count)


def ring_workers() -> None:
    """Have the workers look for work, once the current transaction is committed."""
    transaction.on_commit(lambda: ring(BELL))
