"""What flows through Daphne, and what stops it: answers that nobody reads, bodies that nobody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

MAX_UNREAD_BYTES = 2**20
STALLED_READER_S = 60.0
_PIECE_BYTES = 64
"""What a piece costs beside its bytes: a body may come in chunks of one byte."""


@implementer(IPushProducer)
class SendGate:
    """Open while the transport takes more; Twisted's flow control opens and closes it."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    async def passed(self) -> None:
        """Return when the client has read what was sent. Raises TimeoutError if it does not read."""
        await asyncio.wait_for(self._open.wait(), STALLED_READER_S)

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    def stopProducing(self) -> None:
        self._open.set()


@implementer(IPushProducer)
class Intake:
    """The reading of a connection, which goes on while neither Twisted nor a body stops it.

    It stands before the transport as the channel's producer. Twisted stops reading while the client does not
    read its answer, and would else go on when the client does, though the application reads nothing.
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._transport = channel._networkProducer
        self._is_paused = self._is_held = False
        self._idle_s: float | None = None
        channel._networkProducer = self

    @classmethod
    def of(cls, channel: Any) -> Intake:
        """Return the one of this connection."""
        producer = channel._networkProducer
        return producer if isinstance(producer, cls) else cls(channel)

    def hold(self) -> None:
        """Stop reading; a client that may not send is not idle."""
        self._is_held = True
        self._idle_s = self._channel.setTimeout(None)
        self._transport.pauseProducing()

    def release(self) -> None:
        self._is_held = False
        self._channel.setTimeout(self._idle_s)
        if not self._is_paused:
            self._transport.resumeProducing()

    def pauseProducing(self) -> None:
        self._is_paused = True
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._is_paused = False
        if not self._is_held:
            self._transport.resumeProducing()

    def stopProducing(self) -> None:
        self._transport.stopProducing()

    def unregisterProducer(self) -> None:
        self._transport.unregisterProducer()


class Body:
    """What the application receives of one request, in place of the queue that Daphne fills.

    It stops the intake while more than ``MAX_UNREAD_BYTES`` wait. ``on_read`` is called before each wait.
    """

    def __init__(self, intake: Intake, *, on_read: Callable[[], None]) -> None:
        self._intake = intake
        self._on_read = on_read
        self._pieces: list[bytes] = []
        self._unread_bytes = 0
        self._is_holding = self._is_complete = self._is_gone = False
        self._is_told = False  # the application has heard of the body's end, or never will
        self._news = asyncio.Event()

    async def get(self) -> dict[str, Any]:
        """Return the next message to the application: all pieces that wait, or that the client has gone."""
        self._on_read()
        while not self._news.is_set():
            await self._news.wait()
        if self._pieces or (self._is_complete and not self._is_told):
            return self._take()
        return {"type": "http.disconnect"}

    def put_nowait(self, message: dict[str, Any]) -> None:
        """Take what Daphne says of the connection; what it says of the body is that it stored none."""
        if message["type"] == "http.disconnect":
            self._is_gone = True
            self._news.set()

    def feed(self, data: bytes) -> None:
        if self._is_told:
            return
        self._pieces.append(data)
        self._unread_bytes += len(data) + _PIECE_BYTES
        self._news.set()
        if self._unread_bytes > MAX_UNREAD_BYTES and not self._is_holding:
            self._is_holding = True
            self._intake.hold()

    def end(self) -> None:
        """The body is complete."""
        self._is_complete = True
        self._news.set()
        self._let_in()

    def close(self) -> None:
        """Forget what waits and what still comes: nobody will read it."""
        self._pieces.clear()
        self._is_told = True
        self._let_in()
        self._is_gone = True
        self._news.set()

    def _take(self) -> dict[str, Any]:
        body = b"".join(self._pieces)
        self._pieces.clear()
        self._unread_bytes = 0
        self._is_told = self._is_complete
        if not self._is_gone:
            self._news.clear()
        self._let_in()
        return {"type": "http.request", "body": body, "more_body": not self._is_complete}

    def _let_in(self) -> None:
        if self._is_holding and not self._is_gone:
            self._is_holding = False
            self._intake.release()
