"""The lifespan of an ASGI application: it hears of the start and the end of its process, if it wants to."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

_SCOPE = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


class CannotStart(Exception):
    """The application said that it cannot start."""


class Lifespan:
    """``state`` is what the application puts into its scope at the start, for all its connections."""

    def __init__(self, app: Any, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._has_started = False

    async def start(self) -> Exception | None:
        """Tell of the start, and return when it is done; an application without lifespan is none the worse.

        What is returned is why the application cannot be served.
        """
        self._told.put_nowait({"type": "lifespan.startup"})
        task = self._task = asyncio.ensure_future(self._run())
        message = await self._answer()
        if message["type"] == "lifespan.startup.complete":
            return None
        self._task = None
        if message["type"] == "lifespan.startup.failed":
            await asyncio.wait([task], timeout=1)
            return CannotStart(message.get("message") or "The application could not start.")
        return None

    async def _run(self) -> None:
        try:
            await self._app({**_SCOPE, "state": self._state}, self._told.get, self._say)
        except asyncio.CancelledError:
            raise
        except Exception:
            if self._has_started:
                traceback.print_exc()

    async def _say(self, message: dict[str, Any]) -> None:
        self._has_started = True
        self._said.put_nowait(message)

    async def _answer(self) -> dict[str, Any]:
        """Return what the application says; ``{"type": ""}`` if it ends without a word."""
        assert self._task is not None
        said = asyncio.ensure_future(self._said.get())
        await asyncio.wait([said, self._task], return_when=asyncio.FIRST_COMPLETED)
        if said.done():
            return said.result()
        said.cancel()
        return {"type": ""}

    async def end(self, *, limit_s: float) -> None:
        """Tell of the end, if the start was heard, and wait for the application's last work."""
        if self._task is None or self._task.done():
            return
        self._told.put_nowait({"type": "lifespan.shutdown"})
        await asyncio.wait([self._task], timeout=limit_s)
