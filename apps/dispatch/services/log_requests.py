"""The log of requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...core.row_log import RowLog
from ...core.text import storable
from ..conf import dispatch_settings
from ..models import RequestRecord
from .request_arguments import Sent, arguments_of

LIVE_CHANNEL = "admin/smallweb_dispatch/requests"


class Entry(NamedTuple):
    """One request that was answered, as it waits for its row."""

    at: float
    path: str
    method: str
    status: int
    outcome: str
    error: str
    user_id: Any
    address: str
    duration_ms: float
    sent: Sent


class RequestLog(RowLog[Entry]):
    """Requests that were answered."""

    what = "requests"
    channel = LIVE_CHANNEL

    def model(self) -> type[RequestRecord]:
        return RequestRecord

    def keep_days(self) -> float:
        return dispatch_settings().log_keep_days

    def row_of(self, entry: Entry) -> RequestRecord:
        return RequestRecord(
            at=datetime.fromtimestamp(entry.at, UTC),
            path=entry.path[:250],
            method=storable(entry.method)[:8],
            status=entry.status,
            outcome=storable(entry.outcome)[:40],
            error=storable(entry.error)[:500],
            user_id=entry.user_id,
            address=entry.address[:64],
            duration_ms=round(entry.duration_ms, 3),
            arguments=arguments_of(entry.sent),
        )


request_log = RequestLog()
