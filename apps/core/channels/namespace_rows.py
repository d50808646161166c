"""The rows of namespaces as this process knows them: read when something says that they changed.

Whoever saves a row says so on the bus. Publishers look at that channel's position at most once a second,
servers hear it. Should a word be lost, all rows are read again after a minute.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from django.db import connections, transaction

from ..exceptions import BusUnavailable
from .bus.base import get_bus
from .namespaces import VERBS, Row, namespaces
from .publications import Outgoing, Position

logger = logging.getLogger(__name__)

NOTICE = "$namespaces"
"""Says that rows have changed; no namespace and so no subscription has it."""

LOOK_S = 1.0
MAX_AGE_S = 60.0
FIELDS = (
    "name", "enabled", "in_code", "code_defaults", *VERBS,
    "retain", "history_size", "history_age_s", "latest",
)  # fmt: skip

_NEVER = float("-inf")


class NamespaceRows:
    """Keeps ``namespaces`` at what the rows say. Where they cannot be read, those of before count: at
    first there are none, and the code's own namespaces stand.
    """

    def __init__(self) -> None:
        self.forget()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Have the rows read at the next use."""
        self._looked_at = self._read_at = _NEVER
        self._position: Position | None = None

    def is_due(self) -> bool:
        """Whether ``ensure_fresh`` would do anything."""
        return time.monotonic() - self._looked_at >= LOOK_S

    def ensure_fresh(self) -> None:
        """See that what was saved more than a second ago counts; that costs a look at the bus a second."""
        if not self.is_due() or not self._lock.acquire(blocking=self._read_at == _NEVER):
            return
        try:
            if self.is_due():
                self._look()
        finally:
            self._lock.release()

    def read(self) -> None:
        """Read the rows now."""
        with self._lock:
            self._position = None
            self._look()

    def _look(self) -> None:
        now = time.monotonic()
        position = _position()
        if now - self._read_at >= MAX_AGE_S or position != self._position:
            rows = _read_elsewhere()
            if rows is not None:
                namespaces.take_rows(rows)
            self._read_at, self._position = now, position
        self._looked_at = now


namespace_rows = NamespaceRows()


def _after_fork() -> None:
    # Another thread of the parent may have held the lock; nobody is left here to release it.
    namespace_rows._lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def announce_rows(**signal: Any) -> None:
    """Tell all processes, once the transaction has committed, that rows have changed."""
    connection = transaction.get_connection()
    inside = set(connection.savepoint_ids)
    if not any(hook[1] is _announce and hook[0] <= inside for hook in connection.run_on_commit):
        transaction.on_commit(_announce)


def _announce() -> None:
    namespace_rows.forget()
    try:
        get_bus().publish([Outgoing(NOTICE, b"null")])
    except BusUnavailable as error:
        logger.warning("Other processes hear of changed namespaces only within a minute: %s", error)


def _position() -> Position | None:
    try:
        return get_bus().recover(NOTICE).position
    except BusUnavailable as error:
        logger.debug("Changes of namespaces are not heard: %s", error)
        return None


def _read_elsewhere() -> tuple[Row, ...] | None:
    """Read the rows on a connection of their own: the caller's may be in a transaction, even a broken one."""
    found: list[tuple[Row, ...]] = []
    thread = threading.Thread(target=lambda: _read_into(found), name="namespace-rows")
    thread.start()
    thread.join()
    return found[0] if found else None


def _read_into(found: list[tuple[Row, ...]]) -> None:
    try:
        from ..models import ChannelNamespace

        found.append(tuple(ChannelNamespace.objects.order_by("name").values(*FIELDS)))
    except Exception as error:  # no table yet, no database, no Django: the code's namespaces do
        logger.debug("The rows of namespaces cannot be read: %s", error)
    finally:
        connections.close_all()
