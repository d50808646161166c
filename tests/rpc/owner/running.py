"""An owner in a thread of this process, with a loop of its own: its objects can be looked at by the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smallweb.rpc.owner.serve import Owner


@contextmanager
def owner_running() -> Iterator[None]:
    """Own what is served in this process inside the block; web processes reach it by its socket."""
    ready = threading.Event()
    held: list[tuple[asyncio.AbstractEventLoop, Owner]] = []

    async def run() -> None:
        owner = Owner()
        held.append((asyncio.get_running_loop(), owner))
        await owner.run(ready=ready.set)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(60)
    try:
        yield
    finally:
        loop, owner = held[0]
        loop.call_soon_threadsafe(owner.stop)
        thread.join(60)
        assert not thread.is_alive()
