"""Waiting for what happens to a client's line."""

from __future__ import annotations

import asyncio

from smallweb.rpc.client import Client


async def offline(rpc: Client) -> None:
    """Return once the client has noticed that its line is broken."""
    async with asyncio.timeout(60):
        while rpc.is_online:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.005)
