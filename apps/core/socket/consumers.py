"""The Channels consumer of ``/ws/``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer

from .connection import Connection
from .line import Send
from .protocol import CloseCode

Receive = Callable[[], Awaitable[dict[str, Any]]]


class SocketConsumer(AsyncConsumer):  # type: ignore[misc]
    """Reads its socket itself: Channels' own dispatch hops through a thread for each message, and keeps a
    layer channel for each connection, where the hub needs one follower for all.
    """

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        await send({"type": "websocket.accept"})
        connection = Connection(scope, scope.get("smallweb.send", send))
        try:
            connection.open()
            await _serve(connection, receive)
        finally:
            connection.end()


async def _serve(connection: Connection, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.receive":
            connection.receive(message.get("text"))
        elif message["type"] == "websocket.disconnect":
            return


class NoSuchSocket(AsyncConsumer):  # type: ignore[misc]
    """Closes a socket whose path leads nowhere."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await turn_away(receive, send, CloseCode.NO_SUCH_PATH)


async def turn_away(receive: Receive, send: Send, code: CloseCode) -> None:
    """Close a socket that has not opened with a code that its client can read, which no 403 gives it."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(code)})
