"""Events and posts as sse_line.js expects them, on the socket's own connections."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

from smallweb.core.socket.connection import Connection

HEADERS = [(b"cache-control", b"no-store"), (b"content-security-policy", b"default-src 'self'")]


class _Line:
    """A connection whose messages wait in a queue."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.texts: asyncio.Queue[str] = asyncio.Queue()
        self.connection = Connection(scope, self._send)

    async def _send(self, message: dict[str, Any]) -> None:
        if "text" in message:
            self.texts.put_nowait(message["text"])


async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await {"/rpc/": post, "/rpc/events": events}[scope["path"]](scope, receive, send)


async def events(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await _body(receive)
    line = _Line(scope)
    filters = parse_qs(scope["query_string"].decode()).get("channel", [])
    for number, channel in enumerate(filters):
        params = {"channel": channel, "retained": False}
        line.connection.receive(_frame(method="rpc.subscribe", params=params, id=number))
    early = []
    for _ in filters:
        while "id" not in json.loads(text := await line.texts.get()):
            early.append(text)
    await _start(send, b"text/event-stream")
    await _event(send, _frame(method="rpc.ping", params={"interval_s": 25}))
    for text in early:
        await _event(send, text)
    await _until_gone(receive, _forward(line, send))
    line.connection.end()


async def _forward(line: _Line, send: Any) -> None:
    while True:
        await _event(send, await line.texts.get())


async def post(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if dict(scope["headers"]).get(b"x-csrftoken") != b"the-token":
        await _start(send, b"text/plain", 403)
        await send({"type": "http.response.body"})
        return
    text = (await _body(receive)).decode()
    line = _Line(scope)
    line.connection.receive(text)
    await _start(send, b"application/jsonl", 200)
    if "id" in json.loads(text):
        await _until_gone(receive, _answers(line, send))
    line.connection.end()
    await send({"type": "http.response.body"})


async def _body(receive: Any) -> bytes:
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    return body + message["body"]  # type: ignore[no-any-return]


async def _answers(line: _Line, send: Any) -> None:
    is_answered = False
    while not is_answered:
        text = await line.texts.get()
        is_answered = "method" not in json.loads(text)
        await send({"type": "http.response.body", "body": text.encode() + b"\n", "more_body": True})


async def _until_gone(receive: Any, work: Any) -> None:
    """Run the work until it ends or the client goes away."""
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(receive())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _start(send: Any, kind: bytes, status: int = 200) -> None:
    headers = [(b"content-type", kind), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _event(send: Any, text: str) -> None:
    await send({"type": "http.response.body", "body": f"data: {text}\n\n".encode(), "more_body": True})


def _frame(**message: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", **message})
