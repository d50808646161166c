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
from itertools import islice

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from ..doorbell import ring
from ..registry import Entry, Registry
from .listen import has_notify, notify

logger = logging.getLogger(__name__)

BELL = "workers"
# Ringing twice in a transaction does no harm: it is not worth reading ten thousand hooks of the site's own.
_HOOKS_LOOKED_AT = 100


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something is due: ``key`` names it to the source, ``token`` tells one due time of it from the next.

    If it is still due ``repeat_after_s`` after a worker has taken the hint, it is given again.
    """

    key: int
    token: str
    repeat_after_s: float = 5.0


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


def ring_workers(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Have the workers look for work, once the current transaction of this database is committed.

    With PostgreSQL those of other machines hear it, too.
    """
    connection = connections[using]
    # A rolled back savepoint takes its hooks with it, as PostgreSQL takes its notifications.
    hooks = islice(connection.run_on_commit, _HOOKS_LOOKED_AT)
    if any(hook[1] is _ring for hook in hooks):
        return
    if has_notify(connection) and not connection.needs_rollback:
        notify(connection)
    transaction.on_commit(_ring, using=using)


def _ring() -> None:
    ring(BELL)
