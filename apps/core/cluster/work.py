"""Work sources: each app says what is due and does it; the queue only carries hints.

A hint may come twice, late or never: what counts is the claim that ``run`` makes in the database. So
nothing is lost with a queue, a worker or a cluster, and two clusters may hint at the same work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ..doorbell import ring
from ..registry import Entry, Registry

BELL = "workers"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something is due: ``key`` names it to the source, ``token`` tells one due time of it from the next."""

    key: int
    token: str


@dataclass(frozen=True, kw_only=True)
class WorkSource(Entry):
    """``find(now)``: what is due; ``next_at(now)``: when to look again; ``run(key)``: claim and do it.

    ``recover(now)`` takes back what dead workers hold; every worker cluster calls it every few seconds.
    """

    find: Callable[[datetime], list[Hint]]
    next_at: Callable[[datetime], datetime | None]
    run: Callable[[int], None]
    recover: Callable[[datetime], int]


work_sources: Registry[WorkSource] = Registry("work source")


def ring_workers() -> None:
    """Have the workers look for work, once the current transaction is committed."""
    transaction.on_commit(lambda: ring(BELL))
