"""A client of the socket, without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User

from smallweb.core.asgi import application
from smallweb.core.socket.consumers import SocketConsumer

ORIGIN = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


async def no_pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
    raise AssertionError("a socket never reaches Django's pages")


class Client:
    """One open socket: ``call`` waits for its answer, ``events`` keeps what came besides."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self.events: list[dict[str, Any]] = []
        self._next_id = 0

    async def send(self, message: Any) -> None:
        await self.communicator.send_to(
            text_data=message if isinstance(message, str) else json.dumps(message)
        )

    async def receive(self) -> Any:
        """Return the next message that is no heartbeat; wait a minute at most, however many of those come."""
        async with asyncio.timeout(60):
            while True:
                message = json.loads(await self.communicator.receive_from(timeout=60))
                if not (isinstance(message, dict) and message.get("method") == "rpc.ping"):
                    return message

    async def ask(self, method: str, params: Any = ()) -> dict[str, Any]:
        """Return the whole answer to a call."""
        self._next_id += 1
        await self.send({"jsonrpc": "2.0", "method": method, "params": params, "id": self._next_id})
        while True:
            message = await self.receive()
            if isinstance(message, dict) and "id" in message:
                assert message["id"] == self._next_id
                return message
            self.events.append(message)

    async def call(self, method: str, params: Any = ()) -> Any:
        """Return the result of a call that works."""
        answer = await self.ask(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    async def refused(self, method: str, params: Any = ()) -> int:
        """Return the error's code of a call that fails."""
        return (await self.ask(method, params))["error"]["code"]  # type: ignore[no-any-return]

    async def next_event(self) -> dict[str, Any]:
        """Return the next notification."""
        return self.events.pop(0) if self.events else await self.receive()

    async def is_silent(self) -> bool:
        """Whether nothing has come: a call's answer follows all that was sent before."""
        await self.call("rpc.ping")
        return not self.events

    async def closed_with(self) -> int:
        """Return the code with which the server closes, whatever comes before."""
        while True:
            message = await self.communicator.receive_output(timeout=60)
            if message["type"] == "websocket.close":
                return message["code"]  # type: ignore[no-any-return]

    async def closed_while_calling(self, method: str) -> int:
        """Return the code with which the server closes, of a client that calls this again and again."""
        closed = asyncio.ensure_future(self.closed_with())
        while not closed.done():
            await self.send({"jsonrpc": "2.0", "method": method})
            await asyncio.wait([closed], timeout=0.05)  # within the limit of calls a second
        return closed.result()


@asynccontextmanager
async def socket(
    *, headers: list[tuple[bytes, bytes]] | None = None, scope: dict[str, Any] | None = None
) -> AsyncIterator[Client]:
    """Open a socket through the whole application."""
    communicator = WebsocketCommunicator(application(no_pages), "/ws/", headers=headers or ORIGIN)
    communicator.scope.update(scope or {})
    connected, _ = await communicator.connect(timeout=60)
    assert connected
    yield Client(communicator)
    await communicator.disconnect(timeout=60)


@asynccontextmanager
async def signed_in(user: User) -> AsyncIterator[Client]:
    """Open a socket as middleware of another kind than sessions leaves it for this user."""
    communicator = WebsocketCommunicator(SocketConsumer.as_asgi(), "/ws/")
    communicator.scope["user"] = user
    connected, _ = await communicator.connect(timeout=60)
    assert connected
    yield Client(communicator)
    await communicator.disconnect(timeout=60)


async def until(condition: Callable[[], Any]) -> None:
    """Wait until the condition is true, 20 s at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds, not one event
            await asyncio.sleep(0.005)
