"""What became of the calls of a member, in this process; those worth it go to the log of calls."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...core.socket.calls import Call
from ...core.socket.protocol import ErrorCode, RpcError
from ..conf import rpc_settings
from .log_calls import call_log

if TYPE_CHECKING:
    from ..parameters import Parameter

KEPT_TIMES = 64


class Figures(NamedTuple):
    """Since this process began; the times, in seconds, are of its last KEPT_TIMES calls."""

    calls: int
    errors: int
    median_s: float | None
    slow_s: float | None
    """What nineteen in twenty calls stay below."""


class CallWatch:
    """Hears of the end of each call of one verb of one member: it is what ``Call.observe`` is set to."""

    __slots__ = ("_listed", "_name", "_path", "_times", "_verb", "calls", "errors")

    def __init__(self, path: str, verb: str, listed: Sequence[Parameter]) -> None:
        self.calls = 0
        self.errors = 0
        self._path = path
        self._name = path.rpartition(".")[2]
        self._verb = verb
        self._listed = listed
        self._times: list[float] = []

    def __call__(self, call: Call, error: RpcError | None) -> None:
        if call.peer.is_relayed:
            return
        took_s = time.monotonic() - call.received_at
        if len(self._times) < KEPT_TIMES:
            self._times.append(took_s)
        else:
            self._times[self.calls % KEPT_TIMES] = took_s
        self.calls += 1
        if error is None:
            share = rpc_settings().log_share
            if not share or random.random() >= share:
                return
        else:
            self.errors += 1
        self._log(call, error, took_s)

    def figures(self) -> Figures:
        times = sorted(self._times)
        if not times:
            return Figures(0, 0, None, None)
        slow = times[min(len(times) - 1, len(times) * 19 // 20)]
        return Figures(self.calls, self.errors, times[len(times) // 2], slow)

    def _log(self, call: Call, error: RpcError | None, took_s: float) -> None:
        call_log.add(
            call.request,
            path=self._path,
            verb=self._verb,
            name=self._name,
            listed=self._listed,
            user_id=call.peer.rights.user_id,
            address=call.peer.rights.address,
            outcome="ok" if error is None else outcome_of(error),
            error="" if error is None else str(error),
            duration_ms=took_s * 1000,
        )


def outcome_of(error: RpcError) -> str:
    """Return the short name of an error: its data's code, or what stands for its number."""
    code = error.data.get("code") if isinstance(error.data, dict) else None
    if isinstance(code, str):
        return code
    known = error.rpc_code in ErrorCode._value2member_map_
    return ErrorCode(error.rpc_code).name.lower() if known else str(error.rpc_code)
