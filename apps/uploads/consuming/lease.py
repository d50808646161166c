"""Renew the lease of the item that a consumer works at, while the function does so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from ..services.take_item import extend_lease
from .taker import Taker

logger = logging.getLogger(__name__)

# A few of these may fail before the lease is over.
RENEW_EVERY_S = 5.0


@contextmanager
def renewing(taker: Taker, *, every_s: float = RENEW_EVERY_S) -> Iterator[None]:
    """Have a thread, with a connection of its own, renew it inside the block."""
    over = threading.Event()
    thread = threading.Thread(target=_renew, args=(taker, over, every_s), daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(every_s)


def _renew(taker: Taker, over: threading.Event, every_s: float) -> None:
    while not over.wait(every_s):
        held = taker.held
        if held is None:
            continue
        try:
            is_held = extend_lease(held, now=timezone.now())
        except (DatabaseError, InterfaceError) as error:
            logger.warning("queue=%s item=%s its lease was not renewed: %s", held.queue, held.pk, error)
            connection.close()
            continue
        if not is_held and taker.held is held:
            logger.warning("queue=%s item=%s the lease is lost: another may work at it", held.queue, held.pk)
    connection.close()
