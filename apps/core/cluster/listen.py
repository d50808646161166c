"""Hear of work that is made on other machines: PostgreSQL's LISTEN and NOTIFY.

https://www.postgresql.org/docs/current/sql-notify.html: a notification is sent when its transaction
commits, once for each transaction, and reaches every connection that listens. It is a wake-up and
nothing more: who misses one looks by itself within a second.
"""

from __future__ import annotations

import copy
import logging
import os
import select
import time
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ..doorbell import DEAF_POLL_S, Doorbell

logger = logging.getLogger(__name__)

CHANNEL = "smallweb_workers"
# A network that has died without a word is noticed after a minute.
_OPTIONS = {
    "application_name": "smallweb listener",
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_FIRST_PAUSE_S = 1.0
_MAX_PAUSE_S = 60.0
# A line that held so long was a good one: when it breaks, the next is tried soon.
_STEADY_S = 60.0


def has_notify(connection: BaseDatabaseWrapper) -> bool:
    return connection.vendor == "postgresql"


def notify(connection: BaseDatabaseWrapper, *, channel: str = CHANNEL) -> None:
    """Wake who listens to the channel, an identifier of our own, on all machines, when the current
    transaction commits; PostgreSQL only.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {channel}")


class Listener:
    """A connection of its own to the default database that hears ``notify``; deaf with other databases.

    While the line cannot be had ``fileno`` is -1; that is logged once, and the line is tried again ever
    more rarely, at least once a minute. Behind a pooler that shares connections between transactions
    nothing is heard. After a fork the child gets its own line. No method raises.
    """

    def __init__(self, channel: str = CHANNEL) -> None:
        self._channel = channel
        self._begin()

    def _begin(self) -> None:
        self._line: Any = None
        self._pid = os.getpid()
        self._begun_at = self._retry_at = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._has_failed = False

    def fileno(self) -> int:
        return -1 if self._own() is None else int(self._line.fileno())

    def clear(self) -> bool:
        """Forget the notifications so far and return whether there was any, or may have been."""
        if self._own() is None:
            return self._open()
        try:
            return _take_notifications(self._line)
        except Exception as error:  # whatever the driver says of it: the line is gone
            self._lose(error)
            return self._open()

    def close(self) -> None:
        """End the line; harmless when repeated, and in a forked child."""
        line, self._line = self._own(), None
        if line is not None:
            line.close()

    def _own(self) -> Any:
        if self._pid != os.getpid():  # the drivers leave a line alone that another process has opened
            self._begin()
        return self._line

    def _open(self) -> bool:
        if time.monotonic() < self._retry_at or not has_notify(connections[DEFAULT_DB_ALIAS]):
            return False
        try:
            self._line = _connect(self._channel)
        except Exception as error:  # a wrong option, a refusal, a timeout: polling goes on
            self._lose(error)
            return False
        self._begun_at = time.monotonic()
        if self._has_failed:
            logger.warning("channel=%s is heard again", self._channel)
        self._has_failed = False
        return True

    def _lose(self, error: Exception) -> None:
        now = time.monotonic()
        if not self._has_failed:
            text = "channel=%s is not heard, the workers look once a second: %s"
            logger.warning(text, self._channel, error)
        self._has_failed = True
        if self._line is not None:
            self._close_quietly()
            held = now >= self._begun_at + _STEADY_S
            self._pause_s = _FIRST_PAUSE_S if held else self._pause_s
        self._retry_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 2, _MAX_PAUSE_S)

    def _close_quietly(self) -> None:
        line, self._line = self._line, None
        try:
            line.close()
        except Exception as error:
            logger.debug("channel=%s could not be closed: %s", self._channel, error)


class WorkBell:
    """What wakes the workers: the doorbell of this machine, and the notifications of the database."""

    def __init__(self, name: str, *, channel: str = CHANNEL) -> None:
        self._doorbell = Doorbell(name)
        self._listener = Listener(channel)

    def filenos(self) -> list[int]:
        """Return what becomes readable when it rings."""
        return [fd for fd in (self._doorbell.fileno(), self._listener.fileno()) if fd >= 0]

    def clear(self) -> bool:
        """Forget the rings so far and return whether there was any, or may have been."""
        rung = self._doorbell.clear()
        return self._listener.clear() or rung

    def wait(self, timeout_s: float) -> bool:
        """Return True as soon as it was rung, False after ``timeout_s``; this answers all rings so far."""
        is_deaf = self._doorbell.fileno() < 0
        poll = select.poll()
        for fd in self.filenos():
            poll.register(fd, select.POLLIN)
        ready = poll.poll((min(timeout_s, DEAF_POLL_S) if is_deaf else timeout_s) * 1000)
        return (bool(ready) and self.clear()) or is_deaf

    def close(self) -> None:
        self._doorbell.close()
        self._listener.close()


def _connect(channel: str = CHANNEL) -> Any:
    """Return a line that listens: the driver's own connection, outside of any pool of Django's."""
    default = connections[DEFAULT_DB_ALIAS]
    settings = copy.deepcopy(default.settings_dict)
    settings["OPTIONS"] = {**_OPTIONS, **settings["OPTIONS"]}
    settings["OPTIONS"].pop("pool", None)
    wrapper = type(default)(settings, DEFAULT_DB_ALIAS)
    line = wrapper.get_new_connection(wrapper.get_connection_params())
    line.autocommit = True
    with line.cursor() as cursor:
        cursor.execute(f"LISTEN {channel}")
    return line


def _take_notifications(line: Any) -> bool:
    """Read what has come; raise the driver's error if the line is broken."""
    if not hasattr(line, "pgconn"):  # psycopg2
        line.poll()
        count = len(line.notifies)
        line.notifies.clear()
        return count > 0
    line.pgconn.consume_input()
    has_come = False
    while line.pgconn.notifies() is not None:
        has_come = True
    return has_come
