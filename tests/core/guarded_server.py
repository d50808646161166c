"""A guarded Daphne in a process of its own: prints its port, ends when its stdin does.

With the argument ``unlimited`` the limit of bodies is left to the application: the suite's handler keeps it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

import django
from django.conf import settings

from tests.core.guarded_pages import PAGES, PIECE, count, go_on

LIMIT_BYTES = 2**20
MESSAGE_LIMIT_BYTES = 64 * 2**10
IDLE_S = 3.0


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    serve = _socket if scope["type"] == "websocket" else PAGES.get(scope["path"], count)
    await serve(scope, receive, send)


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


def main(*, limit_bodies: bool) -> None:
    settings.configure(
        SMALLWEB_CORE={"MAX_BODY_BYTES": LIMIT_BYTES, "SOCKET_MAX_MESSAGE_BYTES": MESSAGE_LIMIT_BYTES},
        ROOT_URLCONF="tests.core.guarded_pages",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        ALLOWED_HOSTS=["*"],
    )
    django.setup()
    from daphne.server import Server
    from django.core.handlers.asgi import ASGIHandler

    from smallweb.core import daphne_flow, daphne_guard
    from smallweb.core.http.handler import HttpHandler

    PAGES.update({"/django/": ASGIHandler(), "/suite/": HttpHandler()})
    daphne_guard.install()
    daphne_guard.install(limit_bodies=limit_bodies)
    daphne_flow.STALLED_READER_S = 1.0
    threading.Thread(target=end_with_parent, daemon=True).start()
    server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"], signal_handlers=False)

    def ready() -> None:
        server.http_factory.timeOut = IDLE_S
        print(server.listening_addresses[0][1], flush=True)

    server.ready_callable = ready
    server.run()


if __name__ == "__main__":
    main(limit_bodies="unlimited" not in sys.argv[1:])
