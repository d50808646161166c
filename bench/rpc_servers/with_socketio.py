"""python-socketio; a handler's result is its acknowledgement."""

from __future__ import annotations

import socketio

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@server.on("add")
async def add(session: str, a: int, b: int) -> int:
    return a + b


application = socketio.ASGIApp(server)
