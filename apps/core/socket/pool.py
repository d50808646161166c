"""Threads for functions that block: a bounded number, and what they return goes back to the loop in heaps."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import close_old_connections, connections
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from ..conf import core_settings
from ..exceptions import CallFailed

logger = logging.getLogger(__name__)

IDLE_S = 30.0

T = TypeVar("T")

Done = Callable[[Any, BaseException | None], None]


class Job:
    """One function on its way through a thread. ``done(result, error)`` is called in the loop in any case."""

    __slots__ = ("_outlet", "_work", "done", "is_given_up", "is_over", "is_replaced", "is_running")

    def __init__(self, work: Callable[[], Any], done: Done, outlet: Outlet) -> None:
        self.done = done
        self.is_running = False
        self.is_over = False
        self.is_given_up = False
        self.is_replaced = False
        self._work = work
        self._outlet = outlet

    def run(self) -> None:
        """Be called in a thread."""
        try:
            outcome: tuple[Any, BaseException | None] = (self._work(), None)
        except BaseException as error:
            outcome = (None, error)
        self._outlet.put(self, *outcome)

    def skip(self) -> None:
        """Be called in a thread, in place of ``run``."""
        self._outlet.put(self, None, asyncio.CancelledError())


class Outlet:
    """What has ended for one loop; a loop that is busy is woken once for all of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ended: deque[tuple[Job, Any, BaseException | None]] = deque()
        self._is_told = False

    def put(self, job: Job, result: Any, error: BaseException | None) -> None:
        """Be called in any thread."""
        self._ended.append((job, result, error))
        if self._is_told:
            return
        self._is_told = True
        try:
            self.loop.call_soon_threadsafe(self._flush)
        except RuntimeError:
            logger.debug("A function ended after its loop.")

    def _flush(self) -> None:
        self._is_told = False
        while self._ended:
            job, result, error = self._ended.popleft()
            try:
                job.done(result, error)
            except Exception:
                logger.exception("the end of a function could not be told")


class Pool:
    """At most ``size`` threads, started when they are wanted and ended when they idle.

    A function that was given up cannot be stopped in its thread; another thread takes its place, up to
    ``size`` of them, so that a few that hang do not hold up all others.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._queue: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._threads = 0
        self._replaced = 0

    @property
    def waiting(self) -> int:
        """How many functions no thread has begun."""
        return self._queue.qsize()

    def submit(self, work: Callable[[], Any], done: Done, outlet: Outlet) -> Job:
        """Have a thread call ``work``."""
        job = Job(work, done, outlet)
        self._queue.put(job)
        self._start_if_wanted()
        return job

    def give_up(self, job: Job) -> None:
        """Do not begin the job any more; if it has begun, let another thread take this one's place."""
        with self._lock:
            job.is_given_up = True
            if job.is_running and not job.is_over and self._replaced < self.size:
                job.is_replaced = True
                self._replaced += 1
        self._start_if_wanted()

    def _start_if_wanted(self) -> None:
        if self._threads >= self.size + self._replaced or self._queue.empty():
            return
        with self._lock:
            if self._threads >= self.size + self._replaced:
                return
            self._threads += 1
        name = f"smallweb-call-{next(self._numbers)}"
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _serve(self) -> None:
        is_wanted = True
        try:
            while is_wanted:
                is_wanted = self._serve_one(self._queue.get(timeout=IDLE_S))
        except Empty:
            pass
        finally:
            with self._lock:
                self._threads -= 1
            connections.close_all()
            self._start_if_wanted()

    def _serve_one(self, job: Job) -> bool:
        """Run a job; return whether this thread is still wanted."""
        if job.is_given_up:
            job.skip()
            return True
        job.is_running = True
        _with_own_connections(job)
        with self._lock:
            job.is_over = True
            if not job.is_replaced:
                return True
            self._replaced -= 1
            return self._threads <= self.size + self._replaced


def _with_own_connections(job: Job) -> None:
    """Run it as Django runs a view: with no connection of the database that has gone stale."""
    if _thread.has_connected:
        close_old_connections()
    job.run()
    if _thread.has_connected:
        close_old_connections()


class _Thread(threading.local):
    """Whether a thread has ever connected to a database: to ask Django costs more than most calls."""

    has_connected = False


_thread = _Thread()


@receiver(connection_created)
def _note_connection(**kwargs: Any) -> None:
    _thread.has_connected = True


_pools: dict[int, Pool] = {}
_outlets: WeakKeyDictionary[asyncio.AbstractEventLoop, Outlet] = WeakKeyDictionary()


def get_pool() -> Pool:
    """Return this process's pool; it has as many threads as SOCKET_THREADS says."""
    size = core_settings().socket_threads
    pool = _pools.get(size)
    if pool is None:
        pool = _pools[size] = Pool(size)
    return pool


def get_outlet() -> Outlet:
    """Return the outlet of the running loop."""
    loop = asyncio.get_running_loop()
    outlet = _outlets.get(loop)
    if outlet is None:
        outlet = _outlets[loop] = Outlet(loop)
    return outlet


def in_pool(work: Callable[[], T]) -> asyncio.Future[T]:
    """Call a function that blocks in the pool; await what it returns or raises."""
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def done(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    get_pool().submit(work, done, get_outlet())
    return future


class TookTooLong(Exception):
    """A function took longer than it may."""


async def in_pool_within(work: Callable[[], Any], *, timeout_s: float | None) -> Any:
    """Call it in the pool; one that takes too long is given up, and its thread replaced. Raises TookTooLong,
    and what it raises; CallFailed for what would end the server.
    """
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def done(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        elif isinstance(error, Exception) and not isinstance(error, StopIteration):
            future.set_exception(error)
        else:  # SystemExit and its like would end the server
            failure = CallFailed(f"It raised {error!r}.")
            failure.__cause__ = error
            future.set_exception(failure)

    job = get_pool().submit(work, done, get_outlet())
    limit = asyncio.timeout(timeout_s)
    try:
        async with limit:
            return await future
    except TimeoutError:
        if not limit.expired():
            raise  # the method's own
        raise TookTooLong from None
    finally:
        if not future.done() or future.cancelled():
            get_pool().give_up(job)
