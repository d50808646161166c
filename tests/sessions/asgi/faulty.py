"""ASGI applications that do not start, or know no lifespan."""

from __future__ import annotations

import os
from typing import Any


async def unready(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Say at the start that there is something missing."""
    assert scope["type"] == "lifespan"
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no printer"})


async def plain(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Know HTTP alone."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
