"""Have a change of rows hold at once in this process, and shown by the admin's pages."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

from .channels import publish
from .exceptions import SmallwebError

logger = logging.getLogger(__name__)


def tell_rows(channel: str, *, forget: Callable[[], None]) -> None:
    """Call ``forget`` and publish once the transaction is committed; other processes read the rows again
    within a second.
    """
    transaction.on_commit(lambda: _tell(channel, forget))


def _tell(channel: str, forget: Callable[[], None]) -> None:
    forget()
    try:
        publish(channel, {})
    except SmallwebError as error:
        logger.warning("channel=%s the pages of rows are not live: %s", channel, error)
