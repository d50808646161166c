"""How each kind of server is listened to and published on: always the same text for the same number."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Protocol

from bench.rpc_load.dialects import JsonRpc, WrongAnswer
from bench.rpc_load.websocket import Take, Websocket, connect
from bench.rpc_servers.events import event_data

CHANNEL = "news/local"


class Channel(Protocol):
    async def listen(self, port: int, take: Take) -> Websocket:
        """Return when everything that is published from now on will come."""
        ...

    async def open_publisher(self, port: int) -> Websocket: ...

    def publish(self, socket: Websocket, first: int, count: int) -> None:
        """Let the server publish ``count`` events, the first of which has the number ``first``."""
        ...


class JsonRpcChannel:
    def __init__(self, path: str, *, subscribe: str, subject: list[str], publish: str) -> None:
        self._dialect = JsonRpc(path)
        self._subscribe = subscribe
        self._subject = subject
        self._publish = publish

    async def listen(self, port: int, take: Take) -> Websocket:
        socket, answered = await self._open(port)
        socket.send(self._dialect.request(self._subscribe, self._subject, 1))
        await answered
        socket.take = take
        return socket

    async def open_publisher(self, port: int) -> Websocket:
        return await self._dialect.connect(port, lambda message, socket: None)

    def publish(self, socket: Websocket, first: int, count: int) -> None:
        socket.send(self._dialect.request(self._publish, [first, count], first))

    async def _open(self, port: int) -> tuple[Websocket, asyncio.Future[None]]:
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def take_answer(message: bytes, socket: Websocket) -> None:
            if self._dialect.is_answer(message, socket):
                answered.set_result(None)

        return await self._dialect.connect(port, take_answer), answered


class Mqtt:
    """MQTT 3.1.1 with QoS 0 over websockets (docs.oasis-open.org/mqtt/mqtt/v3.1.1, sections 2, 3 and 6)."""

    _CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _SUBACK = 0x10, 0x20, 0x30, 0x82, 0x90

    async def listen(self, port: int, take: Take) -> Websocket:
        topic = self._text(CHANNEL)
        socket, expect = await self._connected(port)
        answered = expect(self._SUBACK)
        socket.send(self._packet(self._SUBSCRIBE, b"\x00\x01" + topic + b"\x00"))
        await answered
        socket.take = take
        return socket

    async def open_publisher(self, port: int) -> Websocket:
        socket, _ = await self._connected(port)
        return socket

    def publish(self, socket: Websocket, first: int, count: int) -> None:
        for number in range(first, first + count):
            payload = event_text(number).encode()
            socket.send(self._packet(self._PUBLISH, self._text(CHANNEL) + payload))

    async def _connected(self, port: int) -> tuple[Websocket, Callable[[int], asyncio.Future[None]]]:
        expected: dict[int, asyncio.Future[None]] = {}

        def expect(kind: int) -> asyncio.Future[None]:
            expected[kind] = asyncio.get_running_loop().create_future()
            return expected[kind]

        def take(message: bytes, socket: Websocket) -> None:
            expected.pop(message[0]).set_result(None)

        socket = await connect(port, "/mqtt", take, subprotocol="mqtt")
        answered = expect(self._CONNACK)
        socket.send(self._packet(self._CONNECT, self._text("MQTT") + b"\x04\x02\x00\x00\x00\x00"))
        await answered
        return socket, expect

    @staticmethod
    def _text(text: str) -> bytes:
        return len(text).to_bytes(2, "big") + text.encode()

    @staticmethod
    def _packet(kind: int, body: bytes) -> bytes:
        size, length = len(body), b""
        while size > 127:
            length += bytes([size % 128 | 128])
            size //= 128
        return bytes([kind]) + length + bytes([size]) + body


def event_text(number: int) -> str:
    """Return what smallweb sends; the others send the same, so that they send as much."""
    params = {"channel": CHANNEL, "data": event_data(number), "offset": number, "epoch": "95de52cc"}
    return json.dumps(
        {"params": params, "jsonrpc": "2.0", "method": "rpc.event"}, separators=(",", ":"), sort_keys=False
    )


def check_event(message: bytes, number: int) -> None:
    """Raise WrongAnswer unless this is the event of that number."""
    event = json.loads(message[message.index(b"{") :])
    if event["method"] != "rpc.event" or event["params"]["data"] != event_data(number):
        raise WrongAnswer(message)


CHANNELS: dict[str, Channel] = {
    "smallweb": JsonRpcChannel(
        "/ws/", subscribe="rpc.subscribe", subject=[CHANNEL], publish="sample.publish"
    ),
    "jsonrpc": JsonRpcChannel("/ws", subscribe="subscribe", subject=[], publish="publish"),
    "mqtt": Mqtt(),
}
