"""Calls from Python code of this process, through the same gates as those of browsers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
from msgspec import Raw

from ...core.socket.peer import Peer
from ...core.socket.protocol import Request, RpcError
from ...core.socket.rights import Rights


class OperatorRights(Rights):
    """Whoever has a shell on the server may do everything; nobody is logged in."""

    def __init__(self) -> None:
        super().__init__({})

    def allows(self, rule: str) -> bool:
        return True

    def verdict(self, rule: str, *, now: float) -> bool | None:
        return True

    async def refresh(self, *more_rules: str) -> bool:
        return True


def rights_of(user: Any) -> Rights:
    """Return the rights of a Django user, AnonymousUser for a visitor."""
    return Rights({"user": user})


async def ask(rights: Rights, method: str, params: Any = ()) -> Any:
    """Call a method of the socket's table and return its result. Raises RpcError."""
    answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    given = Raw(msgspec.json.encode(params))
    request = Request(jsonrpc="2.0", method=method, params=given, id=1)
    Peer(rights).begin(request, lambda text, afterwards: answered.set_result(text), now=time.monotonic())
    answer = msgspec.json.decode(await answered or "{}")
    if "error" in answer:
        error = answer["error"]
        raise RpcError(error["code"], error["message"], error.get("data"))
    return answer.get("result")
