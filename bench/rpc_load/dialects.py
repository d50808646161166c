"""How each kind of server wants to be spoken to."""

from __future__ import annotations

import asyncio
import json
from typing import Protocol

from bench.rpc_load.websocket import Take, Websocket, connect

ADDED = 4
"""Call number n is ``add(n, 4)``, so that each answer can be checked by its own id."""


class WrongAnswer(Exception):
    """An answer is an error, or not that of its call."""


class Dialect(Protocol):
    async def connect(self, port: int, take: Take) -> Websocket: ...

    def call(self, method: str, number: int) -> bytes:
        """Return the message that calls ``method(number, ADDED)``."""
        ...

    def is_answer(self, message: bytes, socket: Websocket) -> bool:
        """Tell answers from what a server says on its own. Raises WrongAnswer for an error."""
        ...

    def check(self, message: bytes) -> None:
        """Raise WrongAnswer unless the answer is right."""
        ...


class JsonRpc:
    """JSON-RPC 2.0 at a path."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def connect(self, port: int, take: Take) -> Websocket:
        return await connect(port, self._path, take)

    def call(self, method: str, number: int) -> bytes:
        return b'{"jsonrpc":"2.0","method":"%s","params":[%d,4],"id":%d}' % (method.encode(), number, number)

    def request(self, method: str, params: object, number: int) -> bytes:
        return json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": number}).encode()

    def is_answer(self, message: bytes, socket: Websocket) -> bool:
        if b'"result"' in message:
            return True
        if b'"error"' in message:
            raise WrongAnswer(message)
        return False

    def check(self, message: bytes) -> None:
        answer = json.loads(message)
        if answer["result"] != answer["id"] + ADDED:
            raise WrongAnswer(message)


class SocketIo:
    """Socket.IO 5 on Engine.IO 4, events with an acknowledgement (socket.io/docs/v4/engine-io-protocol)."""

    async def connect(self, port: int, take: Take) -> Websocket:
        greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def take_greeting(message: bytes, socket: Websocket) -> None:
            if message.startswith(b"40"):
                greeted.set_result(None)
            elif message.startswith(b"0"):
                socket.send(b"40")

        socket = await connect(port, "/socket.io/?EIO=4&transport=websocket", take_greeting)
        await greeted
        socket.take = take
        return socket

    def call(self, method: str, number: int) -> bytes:
        return b'42%d["%s",%d,4]' % (number, method.encode(), number)

    def is_answer(self, message: bytes, socket: Websocket) -> bool:
        if message == b"2":
            socket.send(b"3")
        return message.startswith(b"43")

    def check(self, message: bytes) -> None:
        number, _, rest = message[2:].partition(b"[")
        if json.loads(b"[" + rest) != [int(number) + ADDED]:
            raise WrongAnswer(message)


DIALECTS: dict[str, Dialect] = {
    "smallweb": JsonRpc("/ws/"),
    "jsonrpc": JsonRpc("/ws"),
    "socketio": SocketIo(),
}
