"""Requests in Daphne whose bodies stream to the application."""

from __future__ import annotations

import logging
import math
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.web.http import HTTPChannel, Request

from .conf import core_settings
from .daphne_flow import Body, Intake, SendGate

LINGER_S = 2
_READ_BYTES = 2**16
_READ_LONG_BYTES = 2**18
"""Read at once of a longer body, for half the processor. Chunks of one byte, so many, would hold all up."""

logger = logging.getLogger(__name__)


class GuardedRequest(WebRequest):  # type: ignore[misc]
    """A request whose body streams to the application, and whose answer waits for its reader.

    Daphne and Twisted would gather the body before the application hears of the request.
    """

    limits_bodies = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False  # Django parses forms, within its limits
        self._limit_bytes: float = core_settings().max_body_bytes
        self._body_bytes = 0
        self._is_received = self._is_awaiting_invitation = False
        self.body: Body | None = None
        self.gate = SendGate()

    def gotLength(self, length: int | None) -> None:
        """Begin, for the headers are complete; what has no body begins in ``requestReceived``."""
        super().gotLength(0)  # Twisted takes a temporary file for what is longer, or of unknown length
        is_streamed = length != 0 and not self._is_upgrade() and isinstance(self.channel, HTTPChannel)
        if is_streamed and not self.limits_bodies:
            self._limit_bytes = math.inf
        if length is not None and length > self._limit_bytes:
            self._refuse()
        elif is_streamed:
            self._begin(length)

    def handleContentChunk(self, data: bytes) -> None:
        if self.finished or self._is_over():
            return
        self._body_bytes += len(data)
        if self._is_over():
            self._refuse()
        elif self.body is None:
            super().handleContentChunk(data)
        else:
            self.body.feed(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The body is complete."""
        if self.finished or self._is_over():
            self.channel.setTimeout(LINGER_S)  # which Twisted has just unset
            return
        self._is_received = True
        if self.body is None:
            super().requestReceived(command, path, version)
        else:
            self._end_body(self.body)

    def handle_reply(self, message: dict[str, Any]) -> None:
        if not self.finished and self.channel:
            self._prepare(message.get("type"))
        super().handle_reply(message)

    def handle_exception(self, exception: BaseException) -> None:
        """Answer 500, or cut the connection when a part of the answer is out already."""
        if self._response_started:
            self.drop()
        else:
            super().handle_exception(exception)

    def drop(self) -> None:
        """End the connection at once, unless the answer is complete."""
        if not self.finished and self.channel:
            self.channel.forceAbortClient()

    def finish(self) -> None:
        self.gate.stopProducing()
        if self.producer:
            self.unregisterProducer()
        if self.body:
            self.body.close()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.gate.stopProducing()
        if self.finished:  # Daphne has let it go, and would stumble
            Request.connectionLost(self, reason)  # type: ignore[no-untyped-call]
        else:
            super().connectionLost(reason)

    def _prepare(self, kind: str | None) -> None:
        """Bind the answer to its reader, and its connection to the body: one that is not read ends it."""
        if kind == "http.response.start" and not self._response_started:
            self.registerProducer(self.gate, True)
        if kind == "http.response.body" and not (self._is_received or self.startedWriting):
            self.setHeader(b"Connection", b"close")
            self.channel.persistent = False

    def _is_upgrade(self) -> bool:
        """Whether Daphne takes it for a websocket."""
        upgrade = self.requestHeaders.getRawHeaders(b"Upgrade")
        return bool(upgrade) and upgrade[0].lower() == b"websocket"

    def _is_over(self) -> bool:
        return self._body_bytes > self._limit_bytes

    def _begin(self, length: int | None) -> None:
        channel = self.channel
        is_long = length is not None and length > _READ_LONG_BYTES
        channel.transport.bufferSize = _READ_LONG_BYTES if is_long else _READ_BYTES
        self.body = Body(Intake.of(channel), on_read=self._invite)
        expected = self.requestHeaders.getRawHeaders(b"Expect", [b""])[0].lower()
        self._is_awaiting_invitation = expected == b"100-continue" and channel._version == b"HTTP/1.1"
        super().requestReceived(channel._command, channel._path, channel._version)
        if self._is_awaiting_invitation:
            self.requestHeaders.removeHeader(b"Expect")  # or Twisted would invite at once

    def _invite(self) -> None:
        """Tell a client that waits for it to send the body, now that the application reads."""
        is_late = self._is_received or self.startedWriting or self._disconnected
        if self._is_awaiting_invitation and not is_late:
            self.channel._send100Continue()
        self._is_awaiting_invitation = False

    def _end_body(self, body: Body) -> None:
        body.end()
        if self.channel.timeOut:  # the clock did not run while the body waited
            self.channel._savedTimeOut = self.channel.setTimeout(None)

    def _refuse(self) -> None:
        """Answer 413, or cut the connection when the application has begun to answer."""
        channel = self.channel
        logger.info("path=%r refused: body over %s bytes", channel._path, self._limit_bytes)
        if self._response_started:
            self.drop()
            return
        self.method, self.uri, self.clientproto = channel._command, channel._path, channel._version
        text = f"The body is larger than the {self._limit_bytes} bytes that this server takes.\n".encode()
        self.setResponseCode(413, b"Content Too Large")
        self.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        self.setHeader(b"Content-Length", b"%d" % len(text))
        self.setHeader(b"Connection", b"close")
        self.write(text)
        self.finish()
        self.requestHeaders.removeHeader(b"Expect")

    def _cleanup(self) -> None:
        """Leave the connection to its next request, or end it if the body is not there to its end."""
        if self._is_received:
            super()._cleanup()
        else:
            linger(self.channel)


def linger(channel: Any) -> None:
    """Read and forget for a moment, then close: a reset would take the answer with it."""
    channel.dataReceived = channel.rawDataReceived = _forget
    channel.setTimeout(LINGER_S)
    channel._networkProducer.unregisterProducer()
    channel._networkProducer.resumeProducing()
    if not channel.isSecure():  # TLS knows no half of a connection
        channel.transport.loseWriteConnection()


def _forget(data: bytes) -> None:
    """Take what a refused client still sends."""
