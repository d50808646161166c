"""Who sends one request by HTTP: served as a socket's messages are, and gone with its answer."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from .calls import Afterwards
from .outbox import Outbox
from .peer import Peer
from .pipe import END, Pipe, one_line
from .protocol import Frame
from .rights import Rights


class HttpPeer(Peer):
    """``streams``: what calls tell on their way is sent, too; otherwise it is dropped."""

    def __init__(self, rights: Rights, *, streams: bool) -> None:
        super().__init__(rights)
        self.id = secrets.token_hex(6)
        self.can_stream = streams
        self.subscriptions: dict[str, Any] = {}
        self._pipe = Pipe()
        self.outbox = Outbox(
            self._pipe.put,
            max_frames=self.limits.socket_max_queued_messages,
            max_bytes=self.limits.socket_max_queued_bytes,
            overflow=self.end,
        )

    async def answers(self, frame: Frame) -> AsyncGenerator[str, None]:
        """Serve one message; yields what its calls tell, then its answer, each on one line.

        Who stops listening gives up what still runs.
        """
        try:
            self.serve(frame, self._reply)
            async with aclosing(self._pipe.texts()) as texts:
                async for text in texts:
                    yield text
        finally:
            self.end()

    def tell(self, text: str) -> None:
        if self.can_stream:
            self.outbox.offer(one_line(text))

    async def stream(self, text: str) -> None:
        await self.outbox.room()
        self.outbox.answer(one_line(text))

    def end(self) -> None:
        super().end()
        self.outbox.close()

    def _reply(self, text: str | None, afterwards: Afterwards | None) -> None:
        if self.is_closed:
            return
        if text is not None:
            self.outbox.answer(one_line(text))
        self.outbox.answer(END)
        if afterwards is not None:
            afterwards()
