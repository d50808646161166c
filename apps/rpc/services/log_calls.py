"""The log of calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ...core.row_log import RowLog
from ...core.shown_arguments import CUT, shown_arguments
from ...core.socket.protocol import Request
from ...core.text import storable
from ..conf import rpc_settings
from .call_arguments import read_arguments

if TYPE_CHECKING:
    from ..models import CallRecord
    from ..parameters import Parameter

LIVE_CHANNEL = "admin/smallweb_rpc/calls"
MAX_PARAMS_BYTES = 16 * 2**10
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


class CallLog(RowLog[Entry]):
    """Calls that ended; of names that do not exist there is one row a minute for all of them."""

    what = "calls"
    channel = LIVE_CHANNEL

    def __init__(self) -> None:
        super().__init__()
        self._unknown = 0
        self._unknown_at = float("-inf")

    def add(self, request: Request, **values: Any) -> None:
        """Have the end of this request written; ``values`` are those of ``Entry``."""
        params = b"[]" if isinstance(request.params, msgspec.UnsetType) else memoryview(request.params)
        kept = bytes(params) if len(params) <= MAX_PARAMS_BYTES else None
        self.put(Entry(at=time.time(), method=request.method, params=kept, **values))

    def count_unknown(self) -> None:
        """Count an attempt at a name that does not exist."""
        self._unknown += 1
        self.wake_up()

    def forget(self) -> None:
        super().forget()
        self._unknown = 0

    def model(self) -> type[CallRecord]:
        from ..models import CallRecord

        return CallRecord

    def keep_days(self) -> float:
        return rpc_settings().log_keep_days

    def row_of(self, entry: Entry) -> CallRecord:
        return self.model()(
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

    def late_rows(self, *, everything: bool) -> list[CallRecord]:
        is_due = everything or time.monotonic() - self._unknown_at >= UNKNOWN_EVERY_S
        if not (self._unknown and is_due):
            return []
        self._unknown_at = time.monotonic()
        count, self._unknown = self._unknown, 0
        now = datetime.now(UTC)
        row = self.model()(at=now, path="", verb="", outcome="no_such_name", duration_ms=0, count=count)
        return [row]

    def late_rows_in_s(self) -> float | None:
        return UNKNOWN_EVERY_S if self._unknown else None


call_log = CallLog()


def count_unknown(**kwargs: Any) -> None:
    """Count a call of a name that is not there: what core's signal is connected to."""
    call_log.count_unknown()


def _arguments(entry: Entry) -> dict[str, Any] | None:
    if entry.params is None:
        return {CUT: f"more than {MAX_PARAMS_BYTES} bytes"}
    try:
        given = read_arguments(entry.method, entry.params, name=entry.name, listed=entry.listed)
        return shown_arguments(given) or None
    except RecursionError:
        return {CUT: "nested too deep"}
    except (msgspec.DecodeError, ValueError):
        return None
