"""Requests as an ASGI server hands them on, and what an application answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

Application = Callable[..., Awaitable[None]]


class Answer(NamedTuple):
    status: int
    headers: dict[bytes, list[bytes]]
    body: bytes

    @property
    def cookies(self) -> str:
        pairs = [line.partition(b";")[0] for line in self.headers.get(b"Set-Cookie", [])]
        return b"; ".join(pairs).decode()


def scope_of(method: str, target: str, headers: Mapping[str, str]) -> dict[str, Any]:
    path, _, query = target.partition("?")
    pairs = {"host": "testserver", **headers}.items()
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "",
        "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in pairs],
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip


async def ask(
    application: Application,
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    body: bytes = b"",
    gone: asyncio.Event | None = None,
) -> Answer:
    """Send one request; the client goes away when ``gone`` is set."""
    sent: list[dict[str, Any]] = []
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope_of(method, target, headers or {}), receive, send)
    return _answer(sent)


def _answer(sent: list[dict[str, Any]]) -> Answer:
    if not sent:
        return Answer(0, {}, b"")
    found: dict[bytes, list[bytes]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name, []).append(value)
    return Answer(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))
