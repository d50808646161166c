"""What the server itself costs: one coroutine that reads JSON and writes JSON, without any framework."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        call = json.loads(message["text"])
        a, b = call["params"]
        answer = {"jsonrpc": "2.0", "result": a + b, "id": call["id"]}
        await send({"type": "websocket.send", "text": json.dumps(answer)})
