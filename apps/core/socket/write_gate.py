"""How a sender learns that its client does not read.

Daphne's ``send`` returns at once and buffers without bound. Twisted's transport does tell a
registered push producer when its buffer (64 KiB) is full and when it is empty again. Other servers
(uvicorn) wait inside ``send``, and need no gate.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class WriteGate:
    """Closed while the transport's buffer is full."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    async def opened(self) -> None:
        """Return when the transport takes more."""
        if not self._open.is_set():
            await self._open.wait()

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    def stopProducing(self) -> None:
        self._open.set()


def write_gate(send: Any) -> WriteGate | None:
    """Put a gate on the transport behind Daphne's ``send``; None when another server is behind it."""
    transport: Any = (
        getattr(send.args[0], "transport", None) if isinstance(send, partial) and send.args else None
    )
    if not hasattr(transport, "registerProducer"):
        return None
    gate = WriteGate()
    # The HTTP channel that the handshake came through is still registered, and of no use any more.
    transport.unregisterProducer()
    transport.registerProducer(gate, True)
    return gate
