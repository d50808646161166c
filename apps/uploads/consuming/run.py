"""Be a consumer."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

from ..queue_consumers import Consumer
from .holders import living_holder
from .lease import renewing
from .taker import ConsumerStops, Taker, taking

logger = logging.getLogger(__name__)


def run_consumer(consumer: Consumer) -> int:
    """Call the function until SIGTERM or SIGINT, and return the exit code of this process: 0 after these.

    A function that raises, or that returns without having taken anything, is called anew by another process.
    """
    with living_holder(consumer.name) as holder:
        taker = Taker(consumer, holder=holder)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda signum, frame: taker.stop())
        with taking(taker), renewing(taker):
            while (code := _call_once(taker)) is None:
                pass
    return code


def _call_once(taker: Taker) -> int | None:
    """Call the function; return the exit code, or None if it shall be called again."""
    name, taken_before = taker.consumer.name, taker.taken
    try:
        _call(taker.consumer)
    except BaseException as error:
        if _is_stop(error):
            taker.fail("")
            return 0
        item = taker.held.pk if taker.held is not None else None
        logger.exception("consumer=%s item=%s raised", name, item)
        taker.fail(f"{type(error).__name__}: {error}")
        return os.EX_SOFTWARE
    taker.finish()
    if taker.is_stopping:
        return 0
    if taker.taken == taken_before:
        logger.error("consumer=%s returned without asking for an item by q.get() or a loop over q", name)
        return os.EX_SOFTWARE
    return None


def _call(consumer: Consumer) -> None:
    if consumer.is_async:
        asyncio.run(consumer.call())
    else:
        consumer.call()


def _is_stop(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):  # of a task group
        return error.split(ConsumerStops)[1] is None
    return isinstance(error, ConsumerStops)
