"""A form of Starlette's, and a bare application that writes bodies to a file."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def sizes(request: Request) -> JSONResponse:
    async with request.form(max_part_size=2**32) as form:
        return JSONResponse([file.size for file in form.getlist("file")])  # type: ignore[union-attr]


starlette = Starlette(routes=[Route("/", sizes, methods=["POST"])])


async def plain(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Write the body to a file, sync it, and answer as tus does."""
    with tempfile.NamedTemporaryFile(buffering=0) as file:
        is_complete = False
        while not is_complete:
            message = await receive()
            file.write(message.get("body", b""))
            is_complete = not message.get("more_body", False)
        os.fsync(file.fileno())
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})
