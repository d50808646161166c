"""An echo behind Daphne: ``python -m tests.core.echo_server guarded`` (or ``plain``) prints its port."""

from __future__ import annotations

import sys
import threading
from typing import Any

from django.conf import settings

from tests.core.guarded_server import end_with_parent

MESSAGE_LIMIT_BYTES = 2**20


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        kind = "bytes" if message.get("text") is None else "text"
        await send({"type": "websocket.send", kind: message[kind]})


def main(kind: str) -> None:
    settings.configure(SMALLWEB_CORE={"SOCKET_MAX_MESSAGE_BYTES": MESSAGE_LIMIT_BYTES})
    from daphne.server import Server

    if kind == "guarded":
        from smallweb.core import daphne_guard

        daphne_guard.install()
    threading.Thread(target=end_with_parent, daemon=True).start()
    server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"], signal_handlers=False)
    server.ready_callable = lambda: print(server.listening_addresses[0][1], flush=True)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1])
