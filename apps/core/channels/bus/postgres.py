"""The bus in PostgreSQL: tables in a schema of their own, and NOTIFY as the doorbell.

https://www.postgresql.org/docs/current/sql-notify.html: a notification is sent when its transaction
commits. Followers read the log by its dense ids, so one that is lost costs a second and nothing else.
"""

from __future__ import annotations

import functools
import os
import secrets
import select
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString
from weakref import WeakSet

import msgspec
import psycopg
from psycopg import sql
from psycopg.pq import ConnStatus

from ...exceptions import BusUnavailable
from ..publications import Outgoing, Position, Publication, Recovery
from ..topics import literal_prefix, matches
from .base import BATCH_SIZE, FORGET_S, TRANSIT_S, Missed, recovery_of
from .postgres_schema import ensure_schema

DEFAULT_SCHEMA = "smallweb_bus"
LOOK_S = 1.0
PRUNE_EVERY_S = 30.0
# A commit is not waited for to reach the disk: a crash may lose the newest, and then all epochs are new.
_OPTIONS = {
    "application_name": "smallweb bus",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": "-c synchronous_commit=off -c statement_timeout=10000",
}

_PUBLISH = "SELECT * FROM {schema}.publish_1(%b, %b, %b, %b, %b, %b)"
_HEAD = """
SELECT c.epoch, c."offset", p.channel, p.data, p."offset", p.epoch, p.at FROM {schema}.channel c
LEFT JOIN {schema}.publication p ON p.id = c.retained_id WHERE c.name = %b
"""
_SINCE = """
SELECT channel, data, "offset", epoch, at FROM {schema}.publication
WHERE channel = %b AND epoch = %b AND "offset" > %b ORDER BY "offset"
"""
_NEW = """
SELECT id, channel, data, "offset", epoch, at FROM {schema}.publication
WHERE id > %b ORDER BY id LIMIT %b
"""
_NEWEST = "SELECT log.id, generation FROM {schema}.log LEFT JOIN {schema}.life ON true"
_CLEAR = "UPDATE {schema}.channel SET retained_id = NULL WHERE name = %b"
_NAMES = "SELECT name FROM {schema}.channel WHERE name >= %b AND name < %b ORDER BY name"
_RETAINED = """
SELECT p.channel, p.data, p."offset", p.epoch, p.at FROM {schema}.channel
JOIN {schema}.publication p ON p.id = retained_id WHERE name >= %b AND name < %b ORDER BY name
"""
_PRUNE = """
DELETE FROM {schema}.publication p USING {schema}.channel c
WHERE c.name = p.channel AND p.at < %b AND p.id IS DISTINCT FROM c.retained_id
AND (p.epoch <> c.epoch OR p."offset" <= c."offset" - c.history_size OR p.at < %b - c.history_age_s)
"""
_FORGET = """
DELETE FROM {schema}.channel WHERE at < %b AND retained_id IS NULL
AND NOT EXISTS (SELECT 1 FROM {schema}.publication WHERE channel = name)
"""


class PostgresBus:
    """``publication`` is the log that followers read, the history and the retained values in one table.

    The schema is the URL's fragment (``postgres://host/db#mysite``), or ``smallweb_bus``; it is made at
    the first use.
    """

    def __init__(self, url: str) -> None:
        self._url, _, fragment = url.partition("#")
        self.schema = fragment or DEFAULT_SCHEMA
        # By process: the line of a parent may neither be used nor ended, so it stays here for ever.
        self._own: dict[int, _Own] = {}
        self._pruned_at = time.monotonic()

    def publish(self, messages: Sequence[Outgoing]) -> list[Position]:
        columns = (
            [message.channel for message in messages],
            [message.data for message in messages],
            [message.retain for message in messages],
            [message.history_size for message in messages],
            [float(message.history_age_s) for message in messages],
        )
        rows = self._execute(_PUBLISH, *columns, secrets.token_hex(4))
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self.prune()
        return [Position(epoch, offset) for epoch, offset in rows]

    def clear(self, channel: str) -> None:
        self._execute(_CLEAR, channel)

    def recover(self, channel: str, since: Position | None = None, *, partial: bool = False) -> Recovery:
        with self._snapshot() as connection:
            head = _rows(connection, self.schema, _HEAD, channel)
            if not head:
                return recovery_of(Position("", 0), since, [], None)
            epoch, offset, *kept = head[0]
            later = () if since is None else (channel, epoch, since.offset)
            found = _rows(connection, self.schema, _SINCE, *later) if later else []
        retained = _publication(kept) if kept[0] is not None else None
        publications = [_publication(row) for row in found]
        return recovery_of(Position(epoch, offset), since, publications, retained, partial=partial)

    def channels(self, filter_: str, *, limit: int) -> list[str]:
        rows = self._execute(_NAMES, *_range(filter_))
        return [name for (name,) in rows if matches(filter_, name)][:limit]

    def retained(self, filter_: str) -> list[Publication]:
        rows = self._execute(_RETAINED, *_range(filter_))
        return [_publication(row) for row in rows if matches(filter_, row[0])]

    def tail(self) -> PostgresTail:
        return PostgresTail(self._url, self.schema)

    def prune(self) -> int:
        self._pruned_at = time.monotonic()
        now = time.time()
        with self._connected() as connection:
            pruned = connection.execute(_statement(_PRUNE, self.schema), (now - TRANSIT_S, now))
            connection.execute(_statement(_FORGET, self.schema), (now - FORGET_S,))
        return pruned.rowcount

    def close(self) -> None:
        own = self._own.pop(os.getpid(), None)
        if own is not None:
            with own.lock:
                own.end()

    def _execute(self, query: LiteralString, *values: object) -> list[Any]:
        with self._connected() as connection:
            return _rows(connection, self.schema, query, *values)

    @contextmanager
    def _snapshot(self) -> Iterator[psycopg.Connection]:
        """Give a transaction whose statements all see the same state."""
        with self._connected() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        own = self._own.setdefault(os.getpid(), _Own())
        with _as_unavailable(), own.lock:
            if own.connection is None or not _is_alive(own.connection):
                own.end()
                own.connection = _open(self._url, self.schema)
            yield own.connection


class _Own:
    """One process's connection, and the lock around everything that is done with it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: psycopg.Connection | None = None

    def end(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()


class PostgresTail:
    """Reads the log from its end on; after a broken line it goes on where it was."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema
        with _as_unavailable():
            self._connection = self._listen()
            self._last_id, self._generation = self._newest()

    def read(self, *, timeout_s: float) -> list[Publication]:
        with _as_unavailable():
            self._ensure_connected()
            rows = self._rows()
            if not rows and timeout_s:
                self._wait(min(timeout_s, LOOK_S))
                newest, _ = self._newest()
                rows = self._rows()
                if not rows:
                    self._require_seen(newest)
        if not rows:
            return []
        self._require_seen(rows[0][0] - 1)
        self._last_id = rows[-1][0]
        return [_publication(row[1:]) for row in rows]

    def wake(self) -> None:
        """Nothing to do: a read waits for a second at most, and nothing waits for it."""

    def close(self) -> None:
        self._connection.close()

    def _listen(self) -> psycopg.Connection:
        connection = _open(self._url, self._schema)
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._schema)))
        return connection

    def _ensure_connected(self) -> None:
        """Open a broken line again. Raises Missed when the server has lost what it had said."""
        if _is_alive(self._connection):
            return
        self._connection.close()
        self._connection = self._listen()
        newest, generation = self._newest()
        if generation != self._generation or newest < self._last_id:
            self._last_id, self._generation = newest, generation
            raise Missed

    def _newest(self) -> tuple[int, str | None]:
        newest, generation = _rows(self._connection, self._schema, _NEWEST)[0]
        return newest, generation

    def _rows(self) -> list[Any]:
        return _rows(self._connection, self._schema, _NEW, self._last_id, BATCH_SIZE)

    def _wait(self, timeout_s: float) -> None:
        """Return at the next notification, or when one has come since the last look."""
        if _take_notifications(self._connection):
            return
        poll = select.poll()
        poll.register(self._connection.fileno(), select.POLLIN)
        poll.poll(timeout_s * 1000)
        _take_notifications(self._connection)

    def _require_seen(self, last_id: int) -> None:
        """Raise Missed unless everything up to this id was read; go on after it."""
        if last_id > self._last_id:
            self._last_id = last_id
            raise Missed


def _open(url: str, schema: str) -> psycopg.Connection:
    given = psycopg.conninfo.conninfo_to_dict(url)
    options: dict[str, Any] = {key: value for key, value in _OPTIONS.items() if key not in given}
    connection = psycopg.connect(url, autocommit=True, **options)
    try:
        ensure_schema(connection, schema)
    except BaseException:
        connection.close()
        raise
    _watch_end(connection)
    # Everything here is asked again and again.
    connection.prepare_threshold = 0
    return connection


def _is_alive(connection: psycopg.Connection) -> bool:
    """Whether the line is whole, as far as this end has been told."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    with suppress(psycopg.Error):
        while connection.pgconn.status == ConnStatus.OK and poll.poll(0):
            connection.pgconn.consume_input()
            connection.pgconn.is_busy()  # It looks at what came.
    return connection.pgconn.status == ConnStatus.OK and connection not in _ending


_ending: WeakSet[psycopg.Connection] = WeakSet()
"""Lines of which the server has said that it ends them."""


def _watch_end(connection: psycopg.Connection) -> None:
    def note(said: psycopg.errors.Diagnostic) -> None:
        if said.severity_nonlocalized in ("FATAL", "PANIC"):
            _ending.add(connection)

    connection.add_notice_handler(note)


def _take_notifications(connection: psycopg.Connection) -> bool:
    connection.pgconn.consume_input()
    has_come = False
    while connection.pgconn.notifies() is not None:
        has_come = True
    return has_come


def _rows(connection: psycopg.Connection, schema: str, query: LiteralString, *values: object) -> list[Any]:
    cursor = connection.cursor(binary=True)
    cursor.execute(_statement(query, schema), values)
    return cursor.fetchall() if cursor.description else []


@functools.lru_cache(maxsize=256)
def _statement(query: LiteralString, schema: str) -> bytes:
    return sql.SQL(query).format(schema=sql.Identifier(schema)).as_bytes(None)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, OSError) as error:
        raise BusUnavailable(f"The bus in PostgreSQL does not work: {error}.") from error


def _range(filter_: str) -> tuple[str, str]:
    first = literal_prefix(filter_)
    return first, first + "\U0010ffff"


def _publication(row: Sequence[Any]) -> Publication:
    channel, data, offset, epoch, at = row
    return Publication(channel, msgspec.Raw(data), offset, epoch, at)
