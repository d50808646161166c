"""The short way of frames to servers that are known, and ASGI's to all others."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from smallweb.core.socket import line as line_module
from smallweb.core.socket.line import Line
from smallweb.core.websocket_frames import frame

pytestmark = pytest.mark.once


class Transport:
    """What is written to a connection."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.is_closed


def uvicorns() -> tuple[WebSocketsSansIOProtocol, Transport]:
    """Return uvicorn's own protocol over a transport that only keeps what it is given."""
    protocol: Any = WebSocketsSansIOProtocol.__new__(WebSocketsSansIOProtocol)
    protocol.writable = asyncio.Event()
    protocol.writable.set()
    protocol.close_sent = False
    protocol.transport = Transport()
    return protocol, protocol.transport


async def test_uvicorn_gets_the_frame_at_once_while_it_takes_more() -> None:
    protocol, transport = uvicorns()
    line = Line(protocol.send)  # type: ignore[arg-type]
    assert line.write("ä")
    assert transport.written == [frame("ä".encode(), binary=False)]
    protocol.writable.clear()
    assert not line.write("b")
    protocol.writable.set()
    protocol.close_sent = True
    assert not line.write("b")
    protocol.close_sent = False
    transport.is_closed = True
    assert not line.write("b")
    assert len(transport.written) == 1


async def test_one_text_is_encoded_once_for_all_its_readers() -> None:
    protocol, transport = uvicorns()
    other, others = uvicorns()
    text = "x" * 200
    assert Line(protocol.send).write(text) and Line(other.send).write(text)  # type: ignore[arg-type]
    assert transport.written[0] is others.written[0]


def test_these_parts_of_uvicorn_are_where_they_were() -> None:
    assert WebSocketsSansIOProtocol.__module__ == line_module._UVICORN
    names = WebSocketsSansIOProtocol.__init__.__code__.co_names
    assert {"writable", "close_sent", "transport"} <= set(names)


async def test_a_server_that_is_not_known_is_sent_to_by_asgi() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    for unknown in (send, partial(send)):
        line = Line(unknown)
        assert not line.write("a")
        await line.send("a")
    assert sent == [{"type": "websocket.send", "text": "a"}] * 2
