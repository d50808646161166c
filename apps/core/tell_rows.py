"""Have a change of rows hold at once in this process, and shown by the admin's pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import transaction

from .channels import publish
from .exceptions import SmallwebError

logger = logging.getLogger(__name__)

# A bus that is away may cost each of its callers a second.
_LEFT_ALONE_S = 10.0


class Announcer:
    """Tells a channel that there is news, at most once in ``every_s``: pages look a second time anyway.

    Calling it never raises. It may block for as long as the bus takes.
    """

    def __init__(self, channel: str, *, every_s: float) -> None:
        self.channel = channel
        self._every_s = every_s
        self._not_before = float("-inf")

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self._not_before:
            return
        self._not_before = now + self._every_s
        if not _publish(self.channel):
            self._not_before = time.monotonic() + _LEFT_ALONE_S


def tell_rows(channel: str, *, forget: Callable[[], None]) -> None:
    """Call ``forget`` and publish once the transaction is committed; other processes read the rows again
    within a second.
    """
    transaction.on_commit(lambda: _tell(channel, forget))


def _tell(channel: str, forget: Callable[[], None]) -> None:
    forget()
    _publish(channel)


def _publish(channel: str) -> bool:
    try:
        publish(channel, {})
    except SmallwebError as error:
        logger.warning("channel=%s the pages of rows are not live: %s", channel, error)
        return False
    return True
