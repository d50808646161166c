"""A call in this process, through everything that a call from a browser goes through."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
from asgiref.sync import async_to_sync

from ...core.socket.peer import Peer
from ...core.socket.protocol import ErrorCode, parse
from ...core.socket.rights import Rights

TIMEOUT_S = 10.0
MAX_ITEMS = 100
_ID = 1


@dataclass
class Outcome:
    """What came of it: ``result``, or ``error`` (code, message, data); ``items`` of a generator."""

    result: Any = None
    error: dict[str, Any] | None = None
    took_s: float = 0.0
    items: list[Any] = field(default_factory=list)
    is_cut: bool = False
    """Whether the generator was stopped after MAX_ITEMS."""

    @property
    def code(self) -> str:
        """``ok``, or the error's name."""
        if self.error is None:
            return "ok"
        data = self.error.get("data")
        named = data.get("code") if isinstance(data, dict) else None
        return str(named or self.error["code"])


class _ConsolePeer(Peer):
    """One caller for one call. Of a generator's items the first MAX_ITEMS are kept."""

    can_stream = True

    def __init__(self, user: Any, address: str) -> None:
        super().__init__(Rights({"user": user, "client": (address, 0)}))
        self.outcome = Outcome()

    async def stream(self, text: str) -> None:
        if len(self.outcome.items) >= MAX_ITEMS:
            self.outcome.is_cut = True
            self.cancel(_ID)
            return
        self.outcome.items.append(msgspec.json.decode(text)["params"]["value"]["item"])


def call_as(user: Any, method: str, params: Any, *, address: str) -> Outcome:
    """Send one request as this user and wait for its answer, TIMEOUT_S and the wait for its start at most.

    Blocks. Under a server that is asynchronous the request is served by that server's own loop.
    """
    request = {"jsonrpc": "2.0", "method": method, "params": params, "id": _ID}
    return async_to_sync(_ask)(user, msgspec.json.encode(request), address)


async def _ask(user: Any, frame: bytes, address: str) -> Outcome:
    peer = _ConsolePeer(user, address)
    answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    began_at = time.monotonic()
    peer.serve(parse(frame), lambda text, afterwards: answered.set_result(text))
    text = await answered
    peer.end()
    outcome = peer.outcome
    outcome.took_s = time.monotonic() - began_at
    answer = msgspec.json.decode(text or "{}")
    if "error" not in answer:
        outcome.result = answer.get("result")
    elif not (outcome.is_cut and answer["error"]["code"] == ErrorCode.CANCELLED):
        outcome.error = answer["error"]
    return outcome
