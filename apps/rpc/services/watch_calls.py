"""What became of the calls of a member, in this process; those worth it go to the log of calls."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...core.socket.calls import Call
from ...core.socket.protocol import ErrorCode, RpcError
from ...core.tally import Tally
from ..conf import rpc_settings
from .log_calls import call_log

if TYPE_CHECKING:
    from ..parameters import Parameter


class CallWatch(Tally):
    """Hears of the end of each call of one verb of one member: it is what ``Call.observe`` is set to."""

    __slots__ = ("_listed", "_name", "_path", "_verb")

    def __init__(self, path: str, verb: str, listed: Sequence[Parameter]) -> None:
        super().__init__()
        self._path = path
        self._name = path.rpartition(".")[2]
        self._verb = verb
        self._listed = listed

    def __call__(self, call: Call, error: RpcError | None) -> None:
        if call.peer.is_relayed:
            return
        took_s = time.monotonic() - call.received_at
        self.note(took_s, is_error=error is not None)
        if error is None:
            share = rpc_settings().log_share
            if not share or random.random() >= share:
                return
        self._log(call, error, took_s)

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
