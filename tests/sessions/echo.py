"""A small ASGI application: what it is asked, and ways to answer."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await _socket(scope, receive, send)
        return
    path = scope["path"].removeprefix(scope["root_path"])
    await _ROUTES.get(path, _about)(scope, receive, send)


async def _about(scope: dict[str, Any], receive: Any, send: Any) -> None:
    about = {
        "method": scope["method"],
        "path": scope["path"],
        "root_path": scope["root_path"],
        "query": scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
        "session": dict(scope["session"]),
        "user": scope["user"].data,
        "pid": os.getpid(),
    }
    await _answer(send, json.dumps(about).encode())


async def _echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            return await _answer(send, json.dumps({"type": message["type"], "size": size}).encode())


async def _cookies(scope: dict[str, Any], receive: Any, send: Any) -> None:
    headers = [
        (b"set-cookie", b"sessionid=chosen; Path=/"),
        (b"set-cookie", b"csrftoken=chosen; Path=/"),
        (b"set-cookie", b"taste=plain; HttpOnly; Path=/"),
        (b"set-cookie", b"taste2=a, b; Expires=Wed, 21 Oct 2065 07:28:00 GMT; Path=/"),
    ]
    await _answer(send, b"", headers)


async def _big(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(200):
        await send({"type": "http.response.body", "body": bytes(500_000), "more_body": True})
    await send({"type": "http.response.body"})


async def _torn(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("torn")


async def _fail(scope: dict[str, Any], receive: Any, send: Any) -> None:
    raise RuntimeError("hidden words")


async def _mute(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Say nothing, and do nothing when the client goes."""


async def _forever(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Stream until the client goes; say in the session that it went."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    leaving = asyncio.ensure_future(_until_gone(receive))
    while not leaving.done():
        await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
        await asyncio.sleep(0.01)
    scope["session"]["went"] = True


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _keep(scope: dict[str, Any], receive: Any, send: Any) -> None:
    scope["session"]["kept"] = scope["query_string"].decode()
    await _answer(send, b"kept")


async def _loop(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while True:
        pass


async def _late(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Begin an answer, and leave it at that until the client goes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await _until_gone(receive)


async def _die(scope: dict[str, Any], receive: Any, send: Any) -> None:
    os._exit(3)


_ROUTES: dict[str, Any] = {
    "/echo": _echo,
    "/cookies": _cookies,
    "/big": _big,
    "/torn": _torn,
    "/fail": _fail,
    "/mute": _mute,
    "/forever": _forever,
    "/keep": _keep,
    "/loop": _loop,
    "/late": _late,
    "/die": _die,
}


async def _answer(send: Any, body: bytes, headers: Any = ()) -> None:
    given = [(b"content-type", b"application/json"), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def _socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    headers = [(b"set-cookie", b"sessionid=chosen"), (b"set-cookie", b"taste=plain")]
    await send({"type": "websocket.accept", "headers": headers})
    while (message := await receive())["type"] == "websocket.receive":
        text, data = message.get("text"), message.get("bytes")
        if text == "fail":
            raise RuntimeError("hidden words")
        if text == "close":
            await send({"type": "websocket.close", "code": 4001})
            return
        if text is not None:
            await send({"type": "websocket.send", "text": f"heard {text}"})
        else:
            await send({"type": "websocket.send", "bytes": bytes(reversed(data))})
    scope["session"]["left"] = message.get("code")
