"""A guarded Daphne in a process of its own: prints its port, ends when its stdin does."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

from django.conf import settings

LIMIT_BYTES = 2**20
MESSAGE_LIMIT_BYTES = 64 * 2**10
PIECE = b"x" * 2**16

go_on = asyncio.Event()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await (_socket if scope["type"] == "websocket" else _http)(scope, receive, send)


async def _http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    length = await _body_length(receive)
    if scope["path"] == "/go-on":
        go_on.set()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        for _ in range(int(scope["query_string"])):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    if scope["path"] == "/broken":
        await send({"type": "http.response.body", "body": b"a part", "more_body": True})
        raise ValueError("broken after the response began")
    await send({"type": "http.response.body", "body": str(length).encode()})


async def _body_length(receive: Any) -> int:
    length = 0
    while True:
        message = await receive()
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            return length


async def _socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        text = message["text"]
        if text.startswith("flood "):
            for _ in range(int(text.split()[1])):
                await send({"type": "websocket.send", "bytes": PIECE})
        elif text.startswith("send "):
            await send({"type": "websocket.send", "text": "y" * int(text.split()[1])})
        elif text.startswith("burst "):
            await asyncio.gather(
                *(send({"type": "websocket.send", "bytes": PIECE}) for _ in range(int(text.split()[1])))
            )
        elif text == "stop":
            await go_on.wait()
        else:
            await send({"type": "websocket.send", "text": str(len(text))})


def end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def main(stalled_reader_s: float) -> None:
    settings.configure(
        SMALLWEB_CORE={"MAX_BODY_BYTES": LIMIT_BYTES, "SOCKET_MAX_MESSAGE_BYTES": MESSAGE_LIMIT_BYTES}
    )
    from daphne.server import Server

    from smallweb.core import daphne_flow, daphne_guard

    daphne_guard.install()
    daphne_guard.install()
    daphne_flow.STALLED_READER_S = stalled_reader_s
    threading.Thread(target=end_with_parent, daemon=True).start()
    server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"], signal_handlers=False)
    server.ready_callable = lambda: print(server.listening_addresses[0][1], flush=True)
    server.run()


if __name__ == "__main__":
    main(float(sys.argv[1]))
