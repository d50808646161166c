"""One call that runs in the owner process, as the web process sees it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from ...core.socket.calls import Call
from ...core.socket.protocol import RpcError
from .messages import Answer


class Forwarded:
    """Gives items to the client in order, each when the client has room, and the answer after them."""

    def __init__(self, call: Call, *, taken: Callable[[], None], lost: Callable[[], None]) -> None:
        self.call = call
        self._taken = taken
        self._lost = lost
        self._items: deque[str] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._answer: Answer | None = None

    def tell(self, text: str) -> None:
        if not self.call.is_over:
            self.call.peer.tell(text)

    def item(self, text: str) -> None:
        self._items.append(text)
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._give())

    def end(self, answer: Answer) -> None:
        self._answer = answer
        if self._pump is None:
            self._finish(answer)

    async def _give(self) -> None:
        try:
            while self._items and not self.call.is_over:
                await self.call.peer.stream(self._items.popleft())
                self._taken()
        except ConnectionError:
            self._lost()
        finally:
            self._pump = None
        if self._answer is not None:
            self._finish(self._answer)

    def _finish(self, answer: Answer) -> None:
        if answer.fault is None:
            self.call.answer(answer.text)
            return
        fault = answer.fault
        self.call.fail(RpcError(fault.code, fault.message, msgspec.json.decode(fault.data)))
