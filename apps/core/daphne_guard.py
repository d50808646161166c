"""Bounds that Daphne itself does not keep: bodies, messages, and what waits for a reader.

Daphne hands whole bodies to the application, and Twisted parses forms before that, on the event
loop. It buffers without bound what a client or the application does not read. These classes stand
in for Daphne's own; they lean on inner parts of daphne 4.2, twisted 26 and autobahn 26 that the
tests pin.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from daphne import http_protocol, server, ws_protocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from .conf import core_settings
from .websocket_frames import frame, take_texts

MAX_UNSENT_BYTES = 8 * 2**20
STALLED_READER_S = 60.0
MAX_WAITING_MESSAGES = 64
LINGER_S = 2
_LOOK_AGAIN_S = 0.05
_FRAME_SLACK_BYTES = 1024

logger = logging.getLogger(__name__)


def install() -> None:
    """Put the guards into Daphne, for every server of this process that starts afterwards."""
    http_protocol.WebRequest = GuardedRequest
    ws_protocol.WebSocketFactory.protocol = GuardedSocket
    server.Server.handle_reply = handle_reply


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


class GuardedRequest(http_protocol.WebRequest):  # type: ignore[misc]
    """A request whose body is refused before it is stored, and whose answer waits for its reader."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False  # Django parses forms, within its limits
        self._limit_bytes = core_settings().max_body_bytes
        self._body_bytes = 0
        self._is_refused = False
        self.gate = SendGate()

    def gotLength(self, length: int | None) -> None:
        is_too_big = length is not None and length > self._limit_bytes
        super().gotLength(0 if is_too_big else length)
        if is_too_big:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._is_refused:
            return
        if self._body_bytes > self._limit_bytes:
            self._refuse()
            return
        super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if not self._is_refused:
            super().requestReceived(command, path, version)

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message.get("type") == "http.response.start" and not self._response_started and self.channel:
            self.registerProducer(self.gate, True)
        super().handle_reply(message)

    def handle_exception(self, exception: BaseException) -> None:
        """Answer 500, or cut the connection when a part of the answer is out already."""
        if self._response_started:
            self.drop()
        else:
            super().handle_exception(exception)

    def drop(self) -> None:
        """End the connection at once, unless the answer is complete."""
        if self.channel and not self.finished:
            self.channel.forceAbortClient()

    def finish(self) -> None:
        self.gate.stopProducing()
        if self.producer:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.gate.stopProducing()
        super().connectionLost(reason)

    def _refuse(self) -> None:
        """Answer 413, then read and forget for a moment: a reset would take the answer with it."""
        self._is_refused = True
        self.content.truncate(0)
        self.requestHeaders.removeHeader(b"Expect")
        text = f"The body is larger than the {self._limit_bytes} bytes that this server takes.\n".encode()
        channel = self.channel
        channel.transport.write(
            b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)
        )
        channel.dataReceived = _forget
        channel.setTimeout(LINGER_S)
        channel.transport.loseWriteConnection()
        logger.info("path=%r refused: body over %s bytes", channel._path, self._limit_bytes)


class GuardedSocket(ws_protocol.WebSocketProtocol):  # type: ignore[misc]
    """A socket that takes messages of our size, and no more of them than the application reads.

    What the application sends waits for the client, as far as ``send`` is awaited; a client that does
    not read is dropped.
    """

    _is_paused = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = SendGate()

    def onConnect(self, request: Any) -> Any:
        limit = core_settings().socket_max_message_bytes + _FRAME_SLACK_BYTES
        self.maxMessagePayloadSize = self.maxFramePayloadSize = limit
        self.failByDrop = False  # so that the client hears 1009, not a broken connection
        return super().onConnect(request)

    def onOpen(self) -> None:
        # The HTTP channel stays the transport's producer after the upgrade, with nothing to say.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.gate, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)
        if not self._is_paused and self.application_queue.qsize() > MAX_WAITING_MESSAGES:
            self._is_paused = True
            self.transport.pauseProducing()
            self._resume_when_read()

    def sendMessage(self, *args: Any, **kwargs: Any) -> None:
        """Send without the limit, which Autobahn would keep in both directions."""
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(*args, **kwargs)
        finally:
            self.maxMessagePayloadSize = limit

    def dataReceived(self, data: bytes) -> None:
        """Take short text messages by ourselves, and leave all else to Autobahn."""
        if self.state == self.STATE_OPEN and self._is_between_messages():
            payloads, data = take_texts(data, most=self.maxMessagePayloadSize)
            for payload in payloads:
                self.onMessage(payload, False)
        if data:
            self._dataReceived(data)

    def _is_between_messages(self) -> bool:
        return not self.data and self.current_frame is None and not self.inside_message

    def _resume_when_read(self) -> None:
        if self.state == self.STATE_CLOSED:
            return
        if self.application_queue.qsize() > MAX_WAITING_MESSAGES:
            self.factory.reactor.callLater(_LOOK_AGAIN_S, self._resume_when_read)
            return
        self._is_paused = False
        self.transport.resumeProducing()

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        if self.state == self.STATE_OPEN and not self.send_queue and self._perMessageCompress is None:
            payload = content.encode() if isinstance(content, str) else content
            self.transport.write(frame(payload, binary=binary))
        else:
            super().serverSend(content, binary)
        if unsent_bytes(self.transport) > MAX_UNSENT_BYTES:
            logger.warning("%r dropped: it left %s bytes unread", self, MAX_UNSENT_BYTES)
            self.drop()

    def write_frame(self, data: bytes) -> bool:
        """Write an encoded frame at once, and return True, if the client reads what it is sent."""
        if self.state != self.STATE_OPEN or self.send_queue or not self.gate.is_open:
            return False
        self.transport.write(data)
        return True

    def dropConnection(self, abort: bool = False) -> None:
        self.gate.stopProducing()
        self.transport.unregisterProducer()  # a transport does not close before its producer is gone
        super().dropConnection(abort)

    def drop(self) -> None:
        """End the connection at once."""
        self.dropConnection(abort=True)


async def handle_reply(self: server.Server, protocol: Any, message: dict[str, Any]) -> None:
    """Send a message of the application, and let the application go on when the client has read."""
    if message["type"] == "websocket.send" and protocol.state == protocol.STATE_OPEN:
        text = message.get("text")
        protocol.serverSend(message["bytes"] if text is None else text, text is None)
    else:
        await _handle_reply(self, protocol, message)
    if protocol.gate.is_open:
        return
    try:
        await protocol.gate.passed()
    except TimeoutError:
        logger.warning("%r dropped: it read nothing for %s s", protocol, STALLED_READER_S)
        protocol.drop()


_handle_reply = server.Server.handle_reply


def unsent_bytes(transport: Any) -> int:
    """Return how many bytes wait in this process for the client of a Twisted transport."""
    transport = getattr(transport, "transport", transport)  # TLS wraps the transport
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def _forget(data: bytes) -> None:
    """Take what a refused client still sends."""
