"""A thread that reads the bus and hands what is new to an event loop, at the loop's pace."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial

from ...exceptions import BusUnavailable
from ..publications import Publication
from .base import Bus, Missed, Tail, get_bus

logger = logging.getLogger(__name__)

WAIT_S = 5.0
RETRY_S = 1.0
SLICE = 64
"""Publications handed over at once: readers' queues empty between two slices."""

Deliver = Callable[[Sequence[Publication]], None]


class Follower:
    """Hands every publication after ``start`` to ``deliver``, once and in order, in the loop that started it.

    ``missed`` is called, there too, when publications were lost before they could be read: the
    follower was away for longer than the bus keeps them. A bus that fails is tried again each second.
    """

    def __init__(self, bus: Bus, *, deliver: Deliver, missed: Callable[[], None]) -> None:
        self._bus = bus
        self._deliver = deliver
        self._missed = missed
        self._tail: Tail | None = None
        self._stopped = threading.Event()
        self._opening = threading.Lock()

    async def start(self) -> None:
        """Return when everything published from now on will be delivered. Raises BusUnavailable."""
        self._loop = asyncio.get_running_loop()
        try:
            tail = await asyncio.to_thread(self._open)
        except BaseException:
            self._give_up()
            raise
        threading.Thread(target=self._follow, args=(tail,), name="bus-follower", daemon=True).start()

    def stop(self) -> None:
        """Stop delivering now; the thread ends soon after. Harmless when repeated."""
        self._stopped.set()
        if self._tail is not None:
            self._tail.wake()

    def _open(self) -> Tail:
        tail = self._bus.tail()
        with self._opening:
            self._tail = tail
            if self._stopped.is_set():
                tail.close()
        return tail

    def _give_up(self) -> None:
        """Leave nothing open of a start that was cancelled, whether the thread is done or not."""
        with self._opening:
            self._stopped.set()
            if self._tail is not None:
                self._tail.close()

    def _follow(self, tail: Tail) -> None:
        try:
            while not self._stopped.is_set():
                self._step(tail)
        except RuntimeError as error:
            if not self._loop.is_closed():
                raise
            logger.debug("The loop of a bus follower is gone: %s", error)
        finally:
            tail.close()

    def _step(self, tail: Tail) -> None:
        try:
            publications = tail.read(timeout_s=WAIT_S)
        except Missed:
            self._hand_over(self._missed)
        except BusUnavailable as error:
            logger.warning("%s Trying again in %s s.", error, RETRY_S)
            self._stopped.wait(RETRY_S)
        else:
            for first in range(0, len(publications), SLICE):
                self._hand_over(partial(self._deliver, publications[first : first + SLICE]))

    def _hand_over(self, call: Callable[[], None]) -> None:
        """Run the call in the loop and wait for its end, so that a busy loop is not flooded."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._run, call, done)
        while not done.wait(1.0) and not self._stopped.is_set() and not self._loop.is_closed():
            pass

    def _run(self, call: Callable[[], None], done: threading.Event) -> None:
        try:
            if not self._stopped.is_set():
                call()
        finally:
            done.set()


class SharedFollower:
    """One follower for all who want it in the running loop, started by the first; again after a failure."""

    def __init__(self, *, deliver: Deliver, missed: Callable[[], None]) -> None:
        self._deliver = deliver
        self._missed = missed
        self._task: asyncio.Task[Follower] | None = None

    async def ensure_started(self) -> None:
        """Return when everything published from now on will be delivered. Raises BusUnavailable."""
        loop = asyncio.get_running_loop()
        if self._task is not None and (self._task.get_loop() is not loop or _has_failed(self._task)):
            self.stop()
        if self._task is None:
            self._task = loop.create_task(self._start())
        # Shielded: the start belongs to all who wait for it, whoever gives up.
        await asyncio.shield(self._task)

    def stop(self) -> None:
        """Stop delivering; harmless when repeated, and during a start."""
        task, self._task = self._task, None
        if task is not None and task.done():
            _stop_started(task)
        elif task is not None and not task.get_loop().is_closed():
            task.add_done_callback(_stop_started)

    async def _start(self) -> Follower:
        follower = Follower(get_bus(), deliver=self._deliver, missed=self._missed)
        await follower.start()
        return follower


def _has_failed(task: asyncio.Task[Follower]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _stop_started(task: asyncio.Task[Follower]) -> None:
    if not _has_failed(task):
        task.result().stop()
