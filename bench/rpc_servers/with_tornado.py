"""Tornado, with the call in its loop: ``python -m bench.rpc_servers.with_tornado PORT``."""

from __future__ import annotations

import asyncio
import json
import sys

from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Sample(WebSocketHandler):
    """Answers JSON-RPC 2.0; arguments are not checked."""

    def data_received(self, chunk: bytes) -> None: ...

    def on_message(self, message: str | bytes) -> None:
        call = json.loads(message)
        a, b = call["params"]
        self.write_message(json.dumps({"jsonrpc": "2.0", "result": a + b, "id": call["id"]}))


async def main() -> None:
    Application([("/ws", Sample)]).listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
