"""Wake the consumers of a queue."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from ...core.channels import publish
from ...core.cluster.listen import has_notify, notify
from ...core.doorbell import ring
from ...core.exceptions import SmallwebError

logger = logging.getLogger(__name__)

CHANNEL = "smallweb_queues"
LIVE_CHANNEL = "admin/smallweb_uploads/queues"
# The admin's list fetches itself anew at each publication.
_TELL_EVERY_S = 0.5
# Ringing twice in a transaction does no harm.
_HOOKS_LOOKED_AT = 100
_told_at = 0.0


@dataclass(frozen=True)
class _Ring:
    queue: str

    def __call__(self) -> None:
        ring(bell_of(self.queue))
        tell_queues()


def bell_of(queue: str) -> str:
    return f"queue-{queue}"


def ring_consumers(queue: str) -> None:
    """Have them look once the transaction is committed; with PostgreSQL those of other machines, too."""
    hook = _Ring(queue)
    if any(known[1] == hook for known in islice(connection.run_on_commit, _HOOKS_LOOKED_AT)):
        return
    if has_notify(connection) and not connection.needs_rollback:
        notify(connection, channel=CHANNEL)
    transaction.on_commit(hook)


def tell_queues() -> None:
    """Have the admin's pages of queues look again, not more often than they can show. Never raises."""
    global _told_at
    now = time.monotonic()
    if now < _told_at + _TELL_EVERY_S:
        return
    _told_at = now
    try:
        publish(LIVE_CHANNEL, {})
    except SmallwebError as error:
        logger.warning("the admin's pages of queues are not live: %s", error)
