"""The browser's end of a socket."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from .program.wire import Message

logger = logging.getLogger(__name__)


class Peer:
    """The browser's end of a socket; it knows what it has been told.

    ``change``, once it is there, makes of each message the one that is sent; None is not sent.
    """

    def __init__(self, send: Any) -> None:
        self.change: Callable[[Message], Message | None] | None = None
        self._send = send
        self._is_accepted = False
        self._is_closed = False

    async def send(self, message: Message) -> None:
        changed = message if self.change is None else self.change(message)
        if changed is not None:
            await self._tell(changed)

    async def _tell(self, message: Message) -> None:
        self._is_accepted = self._is_accepted or message["type"] == "websocket.accept"
        self._is_closed = message["type"] == "websocket.close"
        await self._send(message)

    async def close(self, code: int) -> None:
        """Close the socket, unless it is closed."""
        if not self._is_closed:
            await self._tell({"type": "websocket.close", "code": code})

    async def turn_away(self, code: int) -> None:
        """Close the socket with a code that the page can read: a refused handshake gives it none."""
        if self._is_closed:
            return
        try:
            if not self._is_accepted:
                await self._send({"type": "websocket.accept"})
            await self._send({"type": "websocket.close", "code": code})
        except Exception:
            logger.debug("a socket had gone before it was closed")
