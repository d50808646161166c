"""Logs of what callers did: written by a thread of its own, a heap at a time, so that no caller waits."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar

from django.db import connections
from django.utils import timezone

from .channels import publish
from .exceptions import SmallwebError
from .prune_rows import prune_rows
from .write_turn import write_turn

E = TypeVar("E")

logger = logging.getLogger(__name__)

MAX_WAITING = 2_000
MAX_ROWS_AT_ONCE = 500
PAUSE_S = 1.0
PRUNE_EVERY_S = 600.0


class RowLog(ABC, Generic[E]):
    """Takes entries in any thread, without a wait. What comes faster than it can be written is dropped, and
    the process's log says how much. The rows have the fields ``at`` and ``user``; ``channel`` hears of new
    ones; ``what`` is the word for them.
    """

    what: ClassVar[str]
    channel: ClassVar[str]

    def __init__(self) -> None:
        self._waiting: deque[E] = deque()
        self._dropped = 0
        self._pruned_at = float("-inf")
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def model(self) -> Any:
        """Return the model of the rows."""

    @abstractmethod
    def keep_days(self) -> float:
        """Return for how long rows are kept."""

    @abstractmethod
    def row_of(self, entry: E) -> Any:
        """Return the row of an entry, not saved yet; called in the thread that writes."""

    def late_rows(self, *, everything: bool) -> list[Any]:
        """Return rows that stand for more than one entry, if it is time for them."""
        return []

    def late_rows_in_s(self) -> float | None:
        """Return how long ``late_rows`` may wait; None when there is nothing that they would say."""
        return None

    def put(self, entry: E) -> None:
        """Have the entry written."""
        if len(self._waiting) >= MAX_WAITING:
            self._dropped += 1
            return
        self._waiting.append(entry)
        self.wake_up()

    def write(self, *, everything: bool = False) -> None:
        """Write what waits, MAX_ROWS_AT_ONCE at most unless it is to be everything."""
        with self._writing:
            while self._write_some(everything=everything) and everything:
                pass

    def forget(self) -> None:
        """Drop what waits; what is being written now is waited for."""
        with self._writing:
            self._waiting.clear()
            self._dropped = 0

    def wake_up(self) -> None:
        """Have the thread look, and be there."""
        if not self._wake.is_set():
            self._wake.set()
        if self._thread is None:
            self._start()

    def prune_now_and_then(self) -> None:
        """Delete what is old, if that was not done within the last PRUNE_EVERY_S."""
        if time.monotonic() - self._pruned_at >= PRUNE_EVERY_S:
            self._pruned_at = time.monotonic()
            prune_rows(self.model(), before=timezone.now() - timedelta(days=self.keep_days()))

    def _write_some(self, *, everything: bool) -> bool:
        count = min(len(self._waiting), MAX_ROWS_AT_ONCE)
        entries = [self._waiting.popleft() for _ in range(count)]
        rows = [*map(self.row_of, entries), *self.late_rows(everything=everything)]
        if self._dropped:
            texts = self._dropped, self.what, self.what
            logger.warning("%s %s are not in the log of %s: too many came at once", *texts)
            self._dropped = 0
        if rows:
            self._store(rows)
        return bool(self._waiting)

    def _store(self, rows: list[Any]) -> None:
        """Write the rows, and tell the admin's pages that there are new ones."""
        from django.contrib.auth import get_user_model

        named = [row.user_id for row in rows if row.user_id is not None]
        users = get_user_model()._default_manager.filter(pk__in=named)
        known = set(users.values_list("pk", flat=True))
        for row in rows:
            if row.user_id not in known:
                row.user_id = None
        with write_turn():
            self.model()._default_manager.bulk_create(rows)
        try:
            publish(self.channel, {})
        except SmallwebError as error:
            logger.warning("the list of %s is not live: %s", self.what, error)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                name = f"smallweb-log-{self.what}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _run(self) -> None:
        while True:
            self._wake.wait(self.late_rows_in_s())
            time.sleep(PAUSE_S)
            self._wake.clear()
            self._write_and_let_go(everything=False)
            if self._waiting:
                self._wake.set()

    def _end(self) -> None:
        if self._waiting or self.late_rows_in_s() is not None:
            self._write_and_let_go(everything=True)

    def _write_and_let_go(self, *, everything: bool) -> None:
        try:
            self.write(everything=everything)
            self.prune_now_and_then()
        except Exception:
            logger.exception("%s could not be written to the log of %s", self.what, self.what)
        finally:
            connections.close_all()
