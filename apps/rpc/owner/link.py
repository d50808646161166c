"""The line from one loop of a web process to the owner: opened when it is needed, and again once it broke."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from weakref import WeakKeyDictionary

import msgspec

from ...core.socket.calls import Call
from ...core.socket.protocol import ErrorCode, RpcError
from .forwarded import Forwarded
from .messages import Answer, Cancel, Taken, Told, ToOwner, Work, bodies, frame_of, to_web
from .place import connect

logger = logging.getLogger(__name__)

MAX_UNSENT_BYTES = 16 * 2**20
OPEN_S = 2.0
GRACE_S = 2.0
"""How much later than the owner itself the web process ends a call that takes too long."""

COMMAND = "manage.py smallweb_rpc_owner"


def not_running(path: str) -> RpcError:
    """Return the error for a call that did not reach the owner."""
    text = f"{path} lives in the owner process, which does not run; start it with '{COMMAND}'."
    return RpcError(ErrorCode.BUSY, text, {"code": "owner_not_running"})


def gone(path: str) -> RpcError:
    """Return the error for a call that may have been done, or not."""
    text = (
        f"The owner process ended before it answered {path}; whether that was done is not known. "
        f"If it does not start again by itself, start it with '{COMMAND}'."
    )
    return RpcError(ErrorCode.BUSY, text, {"code": "owner_gone"})


class Link:
    """Belongs to one loop."""

    def __init__(self) -> None:
        self._keys = itertools.count(1)
        self._running: dict[int, Forwarded] = {}
        self._unsent: list[Work] = []
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    def send(self, call: Call, make: Callable[[int], Work]) -> None:
        """Have the owner serve the call; ``make`` gets the key that it has on this line. Raises RpcError."""
        work = make(next(self._keys))
        key = work.key
        call.started(timeout_s=max(0.0, work.start_within_s - work.waited_s) + work.timeout_s + GRACE_S)
        self._running[key] = Forwarded(
            call, taken=lambda: self._write(Taken(key)), lost=lambda: self._cancel(key)
        )
        call.abort = lambda: self._cancel(key)
        if self._writer is not None:
            self._write(work)
            return
        self._unsent.append(work)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._open_and_read())

    def _write(self, message: ToOwner) -> None:
        if self._writer is None:
            return
        if isinstance(message, Work) and self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self._running.pop(message.key).call.fail(
                RpcError(ErrorCode.BUSY, "The owner process does not keep up; try again later.")
            )
            return
        self._writer.write(frame_of(message))

    def _cancel(self, key: int) -> None:
        if self._running.pop(key, None) is not None:
            self._write(Cancel(key))

    async def _open_and_read(self) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                reader, writer = await asyncio.open_unix_connection(sock=connect())
        except (OSError, TimeoutError) as error:
            logger.warning("the owner process cannot be reached: %s", error)
            self._fail_all(not_running)
            return
        self._writer = writer
        try:
            self._flush()
            async for body in bodies(reader):
                self._take(to_web.decode(body))
        except (msgspec.DecodeError, ValueError):
            logger.exception("the owner process said what is no message")
        finally:
            self._writer = None
            writer.close()
            self._fail_all(gone)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        for work in unsent:
            if work.key in self._running:
                self._write(work)

    def _take(self, message: Answer | Told | object) -> None:
        key: int = message.key  # type: ignore[union-attr]
        forwarded = self._running.get(key)
        if forwarded is None:
            return
        if isinstance(message, Answer):
            del self._running[key]
            forwarded.end(message)
        elif isinstance(message, Told):
            forwarded.tell(message.text)
        else:
            forwarded.item(message.text)  # type: ignore[attr-defined]

    def _fail_all(self, why: Callable[[str], RpcError]) -> None:
        running, self._running = self._running, {}
        unsent = {work.key for work in self._unsent}
        self._unsent = []
        for key, forwarded in running.items():
            path = forwarded.call.request.method
            forwarded.call.fail(not_running(path) if key in unsent else why(path))


_links: WeakKeyDictionary[asyncio.AbstractEventLoop, Link] = WeakKeyDictionary()


def get_link() -> Link:
    """Return the line of the running loop."""
    loop = asyncio.get_running_loop()
    link = _links.get(loop)
    if link is None:
        link = _links[loop] = Link()
    return link
