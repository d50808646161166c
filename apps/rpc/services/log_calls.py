"""The log of calls: written by a thread of its own, a heap at a time, so that no call waits for it."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db import connections

from ...core.channels import publish
from ...core.exceptions import SmallwebError
from ...core.socket.protocol import Request
from ...core.text import storable
from ...core.write_turn import write_turn
from .call_arguments import CUT, read_arguments, shown
from .prune_calls import prune_now_and_then

if TYPE_CHECKING:
    from ..models import CallRecord
    from ..parameters import Parameter

logger = logging.getLogger(__name__)

LIVE_CHANNEL = "admin/smallweb_rpc/calls"
MAX_WAITING = 2_000
MAX_ROWS_AT_ONCE = 500
MAX_PARAMS_BYTES = 16 * 2**10
PAUSE_S = 1.0
UNKNOWN_EVERY_S = 60.0


class Entry(NamedTuple):
    """One call that ended, as it waits for its row. ``params`` is None for what is too large to keep."""

    at: float
    path: str
    verb: str
    name: str
    listed: Sequence[Parameter]
    method: str
    params: bytes | None
    user_id: Any
    address: str
    outcome: str
    error: str
    duration_ms: float


class CallLog:
    """Takes entries in any thread, without a wait. What comes faster than it can be written is dropped,
    and the process's log says how much.
    """

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self._dropped = 0
        self._unknown = 0
        self._unknown_at = float("-inf")
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, request: Request, **values: Any) -> None:
        """Have the end of this request written; ``values`` are those of ``Entry``."""
        if len(self._waiting) >= MAX_WAITING:
            self._dropped += 1
            return
        params = b"[]" if isinstance(request.params, msgspec.UnsetType) else memoryview(request.params)
        kept = bytes(params) if len(params) <= MAX_PARAMS_BYTES else None
        self._waiting.append(Entry(at=time.time(), method=request.method, params=kept, **values))
        self._wake_up()

    def count_unknown(self) -> None:
        """Count an attempt at a name that does not exist; there is one row a minute for all of them."""
        self._unknown += 1
        self._wake_up()

    def write(self, *, everything: bool = False) -> None:
        """Write what waits, MAX_ROWS_AT_ONCE at most unless it is to be everything."""
        with self._writing:
            while self._write_some(everything=everything) and everything:
                pass

    def forget(self) -> None:
        """Drop what waits; what is being written now is waited for."""
        with self._writing:
            self._waiting.clear()
            self._unknown = self._dropped = 0

    def _write_some(self, *, everything: bool) -> bool:
        count = min(len(self._waiting), MAX_ROWS_AT_ONCE)
        entries = [self._waiting.popleft() for _ in range(count)]
        rows = [record_of(entry) for entry in entries]
        is_due = everything or time.monotonic() - self._unknown_at >= UNKNOWN_EVERY_S
        if self._unknown and is_due:
            self._unknown_at = time.monotonic()
            rows.append(_unknown_record(self._unknown))
            self._unknown = 0
        if self._dropped:
            logger.warning("%s calls are not in the log of calls: too many came at once", self._dropped)
            self._dropped = 0
        if rows:
            store(rows)
        return bool(self._waiting)

    def _wake_up(self) -> None:
        if not self._wake.is_set():
            self._wake.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="smallweb-call-log", daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _run(self) -> None:
        while True:
            self._wake.wait(UNKNOWN_EVERY_S if self._unknown else None)
            time.sleep(PAUSE_S)
            self._wake.clear()
            self._write_and_let_go(everything=False)
            if self._waiting:
                self._wake.set()

    def _end(self) -> None:
        if self._waiting or self._unknown:
            self._write_and_let_go(everything=True)

    def _write_and_let_go(self, *, everything: bool) -> None:
        try:
            self.write(everything=everything)
            prune_now_and_then()
        except Exception:
            logger.exception("calls could not be written to the log of calls")
        finally:
            connections.close_all()


call_log = CallLog()


def count_unknown(**kwargs: Any) -> None:
    """Count a call of a name that is not there: what core's signal is connected to."""
    call_log.count_unknown()


def record_of(entry: Entry) -> CallRecord:
    """Return the row of a call, not saved yet."""
    from ..models import CallRecord

    return CallRecord(
        at=datetime.fromtimestamp(entry.at, UTC),
        path=entry.path[:250],
        verb=entry.verb,
        user_id=entry.user_id,
        address=entry.address[:64],
        outcome=storable(entry.outcome)[:40],
        error=storable(entry.error)[:500],
        duration_ms=round(entry.duration_ms, 3),
        arguments=_arguments(entry),
    )


def store(rows: list[CallRecord]) -> None:
    """Write the rows, and tell the admin's pages that there are new ones."""
    from django.contrib.auth import get_user_model

    from ..models import CallRecord

    named = [row.user_id for row in rows if row.user_id is not None]
    users = get_user_model()._default_manager.filter(pk__in=named)
    known = set(users.values_list("pk", flat=True))
    for row in rows:
        if row.user_id not in known:
            row.user_id = None
    with write_turn():
        CallRecord.objects.bulk_create(rows)
    try:
        publish(LIVE_CHANNEL, {})
    except SmallwebError as error:
        logger.warning("the list of calls is not live: %s", error)


def _arguments(entry: Entry) -> dict[str, Any] | None:
    if entry.params is None:
        return {CUT: f"more than {MAX_PARAMS_BYTES} bytes"}
    try:
        given = read_arguments(entry.method, entry.params, name=entry.name, listed=entry.listed)
        return shown(given) or None
    except RecursionError:
        return {CUT: "nested too deep"}
    except (msgspec.DecodeError, ValueError):
        return None


def _unknown_record(count: int) -> CallRecord:
    from ..models import CallRecord

    return CallRecord(
        at=datetime.now(UTC), path="", verb="", outcome="no_such_name", duration_ms=0, count=count
    )
