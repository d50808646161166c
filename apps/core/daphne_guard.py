"""Bounds that Daphne itself does not keep: bodies, messages, and what waits for a reader.

Daphne hands a body to the application when all of it is there, and Twisted parses forms before that, on
the event loop. It buffers without bound what a client or the application does not read. These classes stand
in for Daphne's own; they lean on inner parts of daphne 4.2, twisted 26 and autobahn 26 that the
tests pin.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from daphne import http_protocol, server, ws_protocol

from . import daphne_flow
from .conf import core_settings
from .daphne_flow import Body, SendGate
from .daphne_request import GuardedRequest
from .websocket_frames import frame, take_texts

MAX_UNSENT_BYTES = 8 * 2**20
MAX_WAITING_MESSAGES = 64
_LOOK_AGAIN_S = 0.05
_FRAME_SLACK_BYTES = 1024

logger = logging.getLogger(__name__)


def install(*, limit_bodies: bool = True) -> None:
    """Put the guards into Daphne, for every server of this process that starts afterwards.

    Without ``limit_bodies`` a body of any length streams to the application, which keeps limits of its own.
    """
    GuardedRequest.limits_bodies = limit_bodies
    http_protocol.WebRequest = GuardedRequest
    ws_protocol.WebSocketFactory.protocol = GuardedSocket
    server.Server.create_application = create_application
    server.Server.handle_reply = handle_reply


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


def create_application(self: server.Server, protocol: Any, scope: dict[str, Any]) -> Any:
    """Start the application, which receives the request's own body where that streams."""
    body: Body | None = getattr(protocol, "body", None)
    if body is None:
        return _create_application(self, protocol, scope)
    scope.setdefault("asgi", {"version": "3.0"})
    send = partial(self.handle_reply, protocol)
    running = asyncio.ensure_future(self.application(scope=scope, receive=body.get, send=send))
    running.add_done_callback(lambda _: body.close())
    self.connections[protocol]["application_instance"] = running
    return body


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
        logger.warning("%r dropped: it read nothing for %s s", protocol, daphne_flow.STALLED_READER_S)
        protocol.drop()


_create_application = server.Server.create_application
_handle_reply = server.Server.handle_reply


def unsent_bytes(transport: Any) -> int:
    """Return how many bytes wait in this process for the client of a Twisted transport."""
    transport = getattr(transport, "transport", transport)  # TLS wraps the transport
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)
