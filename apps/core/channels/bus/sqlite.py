"""The bus without a server: one SQLite file, and a doorbell for those who follow it."""

from __future__ import annotations

import os
import secrets
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from ...doorbell import Doorbell, ring
from ...exceptions import BusUnavailable
from ..publications import Outgoing, Position, Publication, Recovery
from ..topics import literal_prefix, matches
from .base import BATCH_SIZE, FORGET_S, TRANSIT_S, Missed, recovery_of

BELL = "bus"
LOOK_S = 1.0
BUSY_TIMEOUT_S = 10.0
PRUNE_EVERY_S = 30.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS channel (
    name TEXT PRIMARY KEY, epoch TEXT NOT NULL, offset INTEGER NOT NULL, at REAL NOT NULL,
    retained_id INTEGER, history_size INTEGER NOT NULL, history_age_s REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS publication (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, offset INTEGER NOT NULL,
    epoch TEXT NOT NULL, at REAL NOT NULL, data BLOB NOT NULL, UNIQUE (channel, epoch, offset)
);
CREATE INDEX IF NOT EXISTS publication_at ON publication (at);
"""
_COUNT = """
INSERT INTO channel (name, epoch, offset, at, history_size, history_age_s) VALUES (?, ?, 1, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET offset = offset + 1, at = excluded.at,
    history_size = excluded.history_size, history_age_s = excluded.history_age_s
RETURNING epoch, offset
"""
_PRUNE = """
DELETE FROM publication WHERE id IN (
    SELECT p.id FROM publication p JOIN channel c ON c.name = p.channel
    WHERE p.at < :transit AND p.id IS NOT c.retained_id
    AND (p.offset <= c.offset - c.history_size OR p.at < :now - c.history_age_s)
)
"""
_FORGET = """
DELETE FROM channel WHERE at < ? AND retained_id IS NULL
AND NOT EXISTS (SELECT 1 FROM publication WHERE channel = name)
"""
_INSERT = "INSERT INTO publication (channel, data, offset, epoch, at) VALUES (?, ?, ?, ?, ?)"
_SELECT = "SELECT channel, data, offset, epoch, at FROM publication WHERE "
_NEW = "SELECT id, channel, data, offset, epoch, at FROM publication WHERE id > ? ORDER BY id LIMIT ?"
_BY_ID = _SELECT + "id = ?"
_SINCE = _SELECT + "channel = ? AND epoch = ? AND offset > ? ORDER BY offset"
_RETAINED = (
    "SELECT p.channel, data, p.offset, p.epoch, p.at FROM publication p"
    " JOIN channel ON retained_id = id WHERE name = ?"
)
_NAMES = "SELECT name FROM channel WHERE name >= ? AND name < ? ORDER BY name"
_RETAINED_NAMES = "SELECT name FROM channel WHERE name >= ? AND name < ? AND retained_id IS NOT NULL"


class SqliteBus:
    """``publication`` is the log that followers read, the history and the retained values in one table."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self._own: _Own | None = None
        self._inherited: list[_Own] = []
        self._pruned_at = time.monotonic()

    def publish(self, messages: Sequence[Outgoing]) -> list[Position]:
        now = time.time()
        with self._transaction("IMMEDIATE") as database:
            positions = [_insert(database, message, now) for message in messages]
        ring(BELL)
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self.prune()
        return positions

    def clear(self, channel: str) -> None:
        with self._transaction("IMMEDIATE") as database:
            database.execute("UPDATE channel SET retained_id = NULL WHERE name = ?", (channel,))

    def recover(self, channel: str, since: Position | None = None, *, partial: bool = False) -> Recovery:
        with self._transaction("DEFERRED") as database:
            row = database.execute(
                "SELECT epoch, offset, retained_id FROM channel WHERE name = ?", (channel,)
            ).fetchone()
            if row is None:
                return recovery_of(Position("", 0), since, [], None)
            epoch, offset, retained_id = row
            kept = _select(database, _BY_ID, retained_id)
            found = [] if since is None else _select(database, _SINCE, channel, epoch, since.offset)
        retained = kept[0] if kept else None
        return recovery_of(Position(epoch, offset), since, found, retained, partial=partial)

    def channels(self, filter_: str, *, limit: int) -> list[str]:
        with self._transaction("DEFERRED") as database:
            return _matching(database, _NAMES, filter_)[:limit]

    def retained(self, filter_: str) -> list[Publication]:
        with self._transaction("DEFERRED") as database:
            names = _matching(database, _RETAINED_NAMES, filter_)
            return [found for name in names for found in _select(database, _RETAINED, name)]

    def tail(self) -> SqliteTail:
        return SqliteTail(self.path)

    def prune(self) -> int:
        self._pruned_at = time.monotonic()
        now = time.time()
        with self._transaction("IMMEDIATE") as database:
            deleted = database.execute(_PRUNE, {"now": now, "transit": now - TRANSIT_S}).rowcount
            database.execute(_FORGET, (now - FORGET_S,))
        return deleted

    def close(self) -> None:
        own, self._own = self._own, None
        if own is not None and own.pid == os.getpid():
            with own.lock:
                own.database.close()

    @contextmanager
    def _transaction(self, mode: Literal["DEFERRED", "IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        with _as_unavailable(self.path):
            own = self._connected()
            with own.lock:
                own.database.execute(f"BEGIN {mode}")
                try:
                    yield own.database
                except BaseException:
                    own.database.execute("ROLLBACK")
                    raise
                own.database.execute("COMMIT")

    def _connected(self) -> _Own:
        own = self._own
        if own is not None and own.pid == os.getpid():
            return own
        if own is not None:
            # A connection that crossed a fork may neither be used nor closed, so it is kept for ever.
            self._inherited.append(own)
        self._own = own = _Own(os.getpid(), threading.Lock(), _open(self.path))
        return own


class _Own(NamedTuple):
    """One process's connection, and the lock around its transactions."""

    pid: int
    lock: threading.Lock
    database: sqlite3.Connection


class SqliteTail:
    """Reads the log from its end on. The doorbell wakes it at once; without a ring it looks each second."""

    def __init__(self, path: Path) -> None:
        with _as_unavailable(path):
            self._database = _open(path)
        self._path = path
        self._bell = Doorbell(BELL)
        self._last_id = self._newest_id()

    def read(self, *, timeout_s: float) -> list[Publication]:
        with _as_unavailable(self._path):
            rows = self._rows()
            if not rows and timeout_s:
                self._bell.wait(min(timeout_s, LOOK_S))
                newest = self._newest_id()
                rows = self._rows()
                if not rows:
                    self._require_seen(newest)
        if not rows:
            return []
        self._require_seen(rows[0][0] - 1)
        self._last_id = rows[-1][0]
        return [_publication(row[1:]) for row in rows]

    def wake(self) -> None:
        ring(BELL)

    def _require_seen(self, last_id: int) -> None:
        """Raise Missed unless everything up to this id was read; go on after it."""
        if last_id > self._last_id:
            self._last_id = last_id
            raise Missed

    def close(self) -> None:
        self._bell.close()
        self._database.close()

    def _rows(self) -> list[Any]:
        return self._database.execute(_NEW, (self._last_id, BATCH_SIZE)).fetchall()

    def _newest_id(self) -> int:
        # The sequence, not max(id): the newest row may have been pruned already.
        row = self._database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'publication'").fetchone()
        return row[0] if row else 0


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    _ensure_file(path)
    database = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=32
    )
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'publication_at'").fetchone():
        database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    return database


def _ensure_file(path: Path) -> None:
    """Make the file, for its owner alone, if it is not there.

    It has its tables and its mode before it gets its name: of two that change a new file's mode at once,
    one is told at once that it is locked. And it is closed by then: to close any descriptor of a
    database's file ends all locks that this process holds on it (sqlite.org/howtocorrupt.html, section
    2.2), and another process would then take away the log under its connections.
    """
    if path.exists():
        return
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    os.close(descriptor)
    with closing(sqlite3.connect(beside, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
    with suppress(FileExistsError):
        path.hardlink_to(beside)
    Path(beside).unlink()


@contextmanager
def _as_unavailable(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise BusUnavailable(f"The bus in {path} does not work: {error}.") from error


def _insert(database: sqlite3.Connection, message: Outgoing, now: float) -> Position:
    counted = (message.channel, secrets.token_hex(4), now, message.history_size, message.history_age_s)
    with closing(database.execute(_COUNT, counted)) as cursor:
        epoch, offset = cursor.fetchone()
    row = (message.channel, message.data, offset, epoch, now)
    cursor = database.execute(_INSERT, row)
    if message.retain:
        newest = (cursor.lastrowid, message.channel)
        database.execute("UPDATE channel SET retained_id = ? WHERE name = ?", newest)
    return Position(epoch, offset)


def _select(database: sqlite3.Connection, query: str, *values: object) -> list[Publication]:
    return [_publication(row) for row in database.execute(query, values)]


def _matching(database: sqlite3.Connection, query: str, filter_: str) -> list[str]:
    prefix = literal_prefix(filter_)
    names = database.execute(query, (prefix, prefix + "\U0010ffff"))
    return [name for (name,) in names if matches(filter_, name)]


def _publication(row: tuple[Any, ...]) -> Publication:
    channel, data, offset, epoch, at = row
    return Publication(channel, msgspec.Raw(data), offset, epoch, at)
