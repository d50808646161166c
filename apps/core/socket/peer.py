"""Whoever sends frames: its rights, its limits, and the calls that run for it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from msgspec import UNSET

from ..conf import core_settings
from ..signals import unknown_method_called
from .batches import Batch
from .calls import Call, Reply
from .methods import socket_methods
from .protocol import ErrorCode, Fault, Frame, Request, RequestId, RpcError, error_text
from .rights import Rights


class Peer:
    """Serves frames, over whatever line they come. Belongs to one loop.

    Requests of one message run one after the other and are answered together; those of several
    messages run side by side.
    """

    def __init__(self, rights: Rights) -> None:
        self.limits = core_settings()
        self.rights = rights
        self.loop = asyncio.get_running_loop()
        self.is_closed = False
        self.calls: dict[object, Call] = {}

    def notify(self, method: str, params: Any) -> None:
        """Send a notification, where the line can carry one."""

    can_stream = False
    """Whether ``tell`` and ``room`` do anything."""

    is_relayed = False
    """Whether another process has taken the call, and counts and logs it."""

    def tell(self, text: str) -> None:
        """Send an encoded notification that the peer can do without; it is dropped while too many wait."""

    async def stream(self, text: str) -> None:
        """Send an encoded notification once there is room for it. Raises ConnectionError for a lost line."""

    def serve(self, frame: Frame, reply: Reply) -> None:
        """Serve one message; ``reply`` gets the text of its answer, None if it asks for none."""
        first = frame.entries[0]
        if frame.is_batch:
            Batch(self, frame.entries, reply).go()
        elif isinstance(first, Fault):
            reply(error_text(UNSET, first.error), None)
        else:
            self.begin(first, reply, now=time.monotonic())

    def begin(self, request: Request, reply: Reply, *, now: float) -> None:
        """Serve one request, received ``now`` (monotonic). Never raises for what a client sends."""
        call = Call(self, request, reply, now)
        method = socket_methods.find(request.method)
        if method is None:
            text = f"There is no method {request.method[:100]!r}."
            call.fail(RpcError(ErrorCode.METHOD_NOT_FOUND, text))
            unknown_method_called.send(type(self))
        elif self.calls.setdefault(call.key, call) is not call:
            text = f"A call with the id {request.id!r} is running; give each its own."
            call.fail(RpcError(ErrorCode.INVALID_REQUEST, text))
        else:
            _start(method, call)

    def forget(self, call: Call) -> None:
        """Take note that a call has ended."""
        if self.calls.get(call.key) is call:
            del self.calls[call.key]

    def cancel(self, request_id: RequestId) -> bool:
        """Give up the running call of this id; False when there is none."""
        call = self.calls.get(request_id)
        if call is None:
            return False
        call.give_up(RpcError(ErrorCode.CANCELLED, f"The call {request_id!r} was cancelled."))
        return True

    can_listen = False
    """Whether the line carries the publications of subscriptions."""

    async def authenticate(self, token: str) -> str:
        """Go on as the user of this token; return their name. Raises TokenRefused, RpcError."""
        text = "Here the token comes with each request: Authorization: Bearer <token>."
        raise RpcError(ErrorCode.REFUSED, text, {"code": "not_here"})

    def close(self, code: int) -> None:
        """End the line; the code says why."""

    def end(self) -> None:
        """Stop all that runs for this peer; harmless when repeated."""
        self.is_closed = True
        for call in list(self.calls.values()):
            call.give_up(RpcError(ErrorCode.CANCELLED, "The connection has ended."))


def _start(method: Any, call: Call) -> None:
    try:
        method.start(call)
    except BaseException as error:  # users' code may raise SystemExit, which would end the server
        call.fail(error)
