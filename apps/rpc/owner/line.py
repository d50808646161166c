"""What one web process asks of the owner."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import msgspec
from msgspec import UNSET, Raw

from ...core.plain import as_plain
from ...core.socket.calls import Call
from ...core.socket.protocol import ErrorCode, Request, RpcError
from ..endpoints import AttributeEndpoint, FunctionEndpoint
from ..registry import endpoints
from .messages import Answer, Cancel, Fault, Taken, ToWeb, Work, bodies, frame_of, to_owner
from .peer import OwnerPeer, RightsOfUsers

logger = logging.getLogger(__name__)

MAX_UNREAD_BYTES = 64 * 2**20


class Line:
    """Serves the calls of one web process until it is gone."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        users: RightsOfUsers,
        *,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._users = users
        self._is_stopping = is_stopping
        self._peers: dict[int, OwnerPeer] = {}
        self.idle = asyncio.Event()
        self.idle.set()

    async def serve(self) -> None:
        """Return when the web process has closed its end, or has died."""
        try:
            async for body in bodies(self._reader):
                self._take(to_owner.decode(body))
        except (msgspec.DecodeError, ValueError):
            logger.exception("a web process said what is no message")
        finally:
            self.close()

    def close(self) -> None:
        """Give up what runs for the web process; harmless when repeated."""
        for peer in list(self._peers.values()):
            peer.end()
        self._writer.close()

    def _take(self, message: Work | Cancel | Taken) -> None:
        if isinstance(message, Work):
            self._begin(message)
            return
        peer = self._peers.get(message.key)
        if peer is None:
            return
        if isinstance(message, Cancel):
            peer.end()
        else:
            peer.item_taken()

    def _begin(self, work: Work) -> None:
        peer = OwnerPeer(
            work.key,
            (id(self), work.caller),
            self._users.of(work.user),
            write=self._write,
            ended=self._forget,
        )
        call = _call_of(work, peer, self._write)
        self._peers[work.key] = peer
        self.idle.clear()
        peer.calls[call.key] = call
        try:
            if self._is_stopping():
                text = "The owner process is stopping; try again once it has started."
                raise RpcError(ErrorCode.BUSY, text, {"code": "owner_not_running"})
            _start(work, call)
        except Exception as error:
            call.fail(error)

    def _forget(self, key: int) -> None:
        del self._peers[key]
        if not self._peers:
            self.idle.set()

    def _write(self, message: ToWeb) -> None:
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            logger.error("a web process does not read its answers: its line is closed")
            self._writer.transport.abort()
            return
        self._writer.write(frame_of(message))


def _call_of(work: Work, peer: OwnerPeer, write: Callable[[ToWeb], None]) -> Call:
    """Return the call, with the id that the client gave it: what it is answered with goes on as it is."""
    request = Request(
        jsonrpc="2.0", method=work.path, id=UNSET if work.id is None else msgspec.json.decode(work.id)
    )
    faults: list[Fault] = []

    def reply(text: str | None, afterwards: object) -> None:
        write(Answer(work.key, text, faults[0] if faults else None))

    def observe(call: Call, error: RpcError | None) -> None:
        if error is not None:
            data = msgspec.json.encode(error.data, enc_hook=as_plain)
            faults.append(Fault(int(error.rpc_code), str(error), data))

    call = Call(peer, request, reply, time.monotonic() - work.waited_s)
    call.observe = observe
    return call


def _start(work: Work, call: Call) -> None:
    endpoint = endpoints.find(work.path)
    given = UNSET if work.params is None else Raw(work.params)
    if isinstance(endpoint, FunctionEndpoint) and work.verb == "call":
        limits = endpoint.limits.lower(timeout_s=work.timeout_s, start_within_s=work.start_within_s)
        endpoint.serve_with(call, given, limits=limits, stream=work.stream)
    elif isinstance(endpoint, AttributeEndpoint) and work.verb != "call":
        if work.verb == "set":
            assert isinstance(given, Raw)
            endpoint.set(call, given)
        else:
            (endpoint.get if work.verb == "get" else endpoint.delete)(call)
    else:
        text = f"The owner process has no {work.path!r}: its code is older or newer; start both anew."
        raise RpcError(ErrorCode.NOT_FOUND, text, {"code": "no_such_member"})
