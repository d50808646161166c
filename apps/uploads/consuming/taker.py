"""What stands behind ``q.get()`` in the process of a consumer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.utils import timezone

from ...core.cluster.listen import WorkBell
from ...core.doorbell import ring
from ...core.persist import insist
from ...core.processes import say_worked
from ..exceptions import CannotGet, QueueEmpty
from ..queue_consumers import Consumer
from ..services.give_back import give_back, take_back
from ..services.ring_consumers import CHANNEL, bell_of, tell_queues
from ..services.take_item import Held, acknowledge, take_item, undo_take
from .holders import is_dead

POLL_S = 1.0


class ConsumerStops(BaseException):
    """Leaves ``q.get()`` when the process shall end: what was begun is done, nothing else is."""


class Taker:
    """Takes the items of one queue, one at a time, as ``holder``.

    An item counts as done when the next is asked for, so ``get`` belongs to one thread or coroutine.
    """

    def __init__(self, consumer: Consumer, *, holder: str) -> None:
        self.consumer = consumer
        self.holder = holder
        self.held: Held | None = None
        self.taken = 0
        # Whether the function has it: one whose ``get`` was broken off before it came has not.
        self._is_given = False
        self._stopping = False
        self._looked_after_at = 0.0
        self._bell = WorkBell(bell_of(consumer.name), channel=CHANNEL)
        self._thread = 0

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def get(self, timeout_s: float | None = None) -> Any:
        until = _until(timeout_s)
        self._require_own_thread()
        _require_no_transaction()
        while not self._advance():
            self._bell.wait(_pause_s(until, self.consumer.name))
        return self._give()

    async def aget(self, timeout_s: float | None = None) -> Any:
        until = _until(timeout_s)
        while not await sync_to_async(self._advance)():
            await _readable(self._bell.filenos(), _pause_s(until, self.consumer.name))
        return self._give()

    def stop(self) -> None:
        """Let the function finish its item; its next ``get`` raises ConsumerStops. For signal handlers."""
        self._stopping = True
        ring(bell_of(self.consumer.name))

    def finish(self) -> None:
        """Acknowledge what is held."""
        if self.held is not None and self._is_given:
            held = self.held
            insist(lambda: acknowledge(held))
            self._let_go()
            say_worked()

    def fail(self, error: str) -> None:
        """Give back what is held; what the function has not seen yet as if nothing had been."""
        if self.held is None:
            return
        held, most, is_given = self.held, self.consumer.max_attempts, self._is_given
        insist(
            lambda: give_back(held, error, max_attempts=most) if is_given else undo_take(held),
            give_up=lambda: self._stopping,
        )
        self._let_go()

    def close(self) -> None:
        self._bell.close()

    def _advance(self) -> bool:
        """Let go of the item before and hold the next; return whether there is one."""
        if self._stopping:
            self.finish()
            raise ConsumerStops
        self._bell.clear()  # first: what rings from here on is heard by the wait
        if self.held is None or self._is_given:
            insist(self._step, give_up=lambda: self._stopping)
        return self.held is not None

    def _step(self) -> None:
        now = timezone.now()
        if time.monotonic() >= self._looked_after_at + POLL_S:
            self._look_after_others(now)
        done = self.held
        self.held = take_item(self.consumer.name, holder=self.holder, now=now, done=done)
        self._is_given = False
        if done is not None:
            say_worked()
            tell_queues()

    def _look_after_others(self, now: datetime) -> None:
        name, most = self.consumer.name, self.consumer.max_attempts
        take_back(
            name, now=now, but=self.holder, max_attempts=most, is_dead=lambda holder: is_dead(name, holder)
        )
        self._looked_after_at = time.monotonic()

    def _require_own_thread(self) -> None:
        """Another thread's ``get`` would acknowledge what this one works at."""
        self._thread = self._thread or threading.get_ident()
        if self._thread != threading.get_ident():
            raise CannotGet(
                f"Another thread takes the items of {self.consumer.name!r}; let it hand them on, or "
                "ask for more processes."
            )

    def _give(self) -> Any:
        assert self.held is not None
        self._is_given = True
        self.taken += 1
        return self.held.value

    def _let_go(self) -> None:
        self.held, self._is_given = None, False


_taker: Taker | None = None


@contextmanager
def taking(taker: Taker) -> Iterator[None]:
    """Have this process be the consumer inside the block."""
    global _taker
    _taker = taker
    try:
        yield
    finally:
        _taker = None
        taker.close()


def taker_of(queue: str) -> Taker:
    """Return what takes from this queue in this process. Raises CannotGet where nothing does."""
    if _taker is None:
        raise CannotGet(
            f"Only the consumer of {queue!r} takes items from it, in its own process; decorate a function "
            f'with @consumer("{queue}").'
        )
    if _taker.consumer.name != queue:
        raise CannotGet(
            f"This is the consumer of {_taker.consumer.name!r}; it takes no items from {queue!r}."
        )
    return _taker


def _require_no_transaction() -> None:
    """An acknowledgement that is rolled back would be none."""
    if connection.in_atomic_block:
        try:
            with transaction.atomic(durable=True):
                pass
        except RuntimeError as error:
            raise CannotGet("The next item cannot be taken inside a transaction; end it first.") from error


def _until(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else time.monotonic() + timeout_s


def _pause_s(until: float | None, queue: str) -> float:
    """Return how long to wait for the bell. Raises QueueEmpty when the time is over."""
    if until is None:
        return POLL_S
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise QueueEmpty(f"Nothing has come into {queue!r}.")
    return min(left_s, POLL_S)


async def _readable(fds: list[int], timeout_s: float) -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    for fd in fds:
        loop.add_reader(fd, rung.set)
    try:
        async with asyncio.timeout(timeout_s):
            await rung.wait()
    except TimeoutError:
        pass
    finally:
        for fd in fds:
            loop.remove_reader(fd)
