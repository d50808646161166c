"""Whether a call may begin: the rows as operators left them, and the caller's rights, as they are now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.socket.calls import Call
from ..core.socket.protocol import CloseCode, ErrorCode, RpcError
from .services.policy import STALE, get_policy

if TYPE_CHECKING:
    from .endpoints.base import Endpoint

Leave = Callable[[], None]


def admit(call: Call, endpoint: Endpoint, verb: str, run: Callable[[Leave], None], leave: Leave) -> None:
    """Call ``run(leave)`` if the caller may do this, now or after a look into the database; else refuse.

    Every outcome calls ``leave`` once.
    """
    if call.is_over:
        leave()
        return
    try:
        if not _may(call, endpoint, verb):
            _look(call, endpoint, verb, run, leave)
            return
        run(leave)
    except BaseException as error:  # users' code may raise SystemExit, which would end the server
        call.fail(error)
        leave()


def _may(call: Call, endpoint: Endpoint, verb: str) -> bool:
    """Return True to go on and False to look first. Raises RpcError."""
    rule = get_policy().rule(endpoint, verb, now=call.received_at)
    if rule is STALE:
        return False
    if rule is None:
        raise not_found(call, endpoint.name, verb)
    verdict = call.peer.rights.verdict(rule, now=call.received_at)
    if verdict is False:
        text = f"{call.peer.rights.actor} may not {verb} {endpoint.name}."
        raise RpcError(ErrorCode.REFUSED, text, {"code": "access_denied"})
    return verdict is True


def not_found(call: Call, path: str, verb: str) -> RpcError:
    """Return the error for what is not there, not exposed or switched off: nobody can tell which."""
    if verb == "call" and call.request.method == path:
        return RpcError(ErrorCode.METHOD_NOT_FOUND, f"There is no method {path[:100]!r}.")
    return RpcError(ErrorCode.NOT_FOUND, f"There is no {path[:100]!r} to {verb}.", {"code": "no_such_member"})


def _look(call: Call, endpoint: Endpoint, verb: str, run: Callable[[Leave], None], leave: Leave) -> None:
    task = asyncio.get_running_loop().create_task(_refresh(call, endpoint, verb))
    _looking.add(task)

    def done(task: asyncio.Task[None]) -> None:
        _looking.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:
            call.fail(error)
        admit(call, endpoint, verb, run, leave)

    task.add_done_callback(done)


async def _refresh(call: Call, endpoint: Endpoint, verb: str) -> None:
    policy = get_policy()
    if policy.rule(endpoint, verb, now=call.received_at) is STALE:
        await policy.refresh()
    rule = policy.rule(endpoint, verb, now=call.received_at)
    if not isinstance(rule, str) or call.peer.rights.verdict(rule, now=call.received_at) is not None:
        return
    if not await call.peer.rights.refresh(rule):
        call.peer.close(CloseCode.SESSION_ENDED)
        raise RpcError(ErrorCode.REFUSED, "The session has ended; log in again.", {"code": "session_ended"})


_looking: set[asyncio.Task[None]] = set()
