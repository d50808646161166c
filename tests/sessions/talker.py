"""A small ASGI application that prints, fails and idles as it is told."""

from __future__ import annotations

import sys
import time
from typing import Any


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    if scope["path"] == "/say":
        print("said <b>aloud</b>")
        print("\x1b[31min red\x1b[0m", file=sys.stderr, flush=True)
        sys.stdout.flush()
    elif scope["path"] == "/fail":
        raise ValueError("failed <i>badly</i>")
    elif scope["path"] == "/hang":
        time.sleep(3600)  # noqa: ASYNC251
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
