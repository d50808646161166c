"""Channels' AsyncJsonWebsocketConsumer behind what Channels' tutorial puts before it."""

from __future__ import annotations

import time
from typing import Any

import django

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from bench.rpc_servers.events import event_data  # noqa: E402

GROUP = "news"


class Sample(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Answers JSON-RPC 2.0 as far as the measurements need; arguments are not checked."""

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        result = await getattr(self, f"do_{content['method']}")(*content["params"])
        await self.send_json({"jsonrpc": "2.0", "result": result, "id": content["id"]})

    async def do_add(self, a: int, b: int) -> int:
        return a + b

    async def do_wait(self, seconds: float) -> bool:
        await database_sync_to_async(time.sleep)(seconds)
        return True

    async def do_subscribe(self) -> bool:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        return True

    async def do_publish(self, first: int, count: int) -> bool:
        for number in range(first, first + count):
            await self.channel_layer.group_send(GROUP, {"type": "news", "data": event_data(number)})
        return True

    async def news(self, event: dict[str, Any]) -> None:
        params = {"channel": "news/local", "data": event["data"], "offset": 1, "epoch": "95de52cc"}
        await self.send_json({"jsonrpc": "2.0", "method": "rpc.event", "params": params})


application = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("ws", Sample.as_asgi())])))
