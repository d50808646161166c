"""The shop, served; and what a caller is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from smallweb.rpc import serve
from tests.core.socket.clients import socket
from tests.rpc.openrpc.sample import Shop, half


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    attrs = {"a": "rw", "inner": "object", "inner.depth": "r"}
    serve(shop=shop, half=half, access="public", attrs=attrs)
    return shop


@pytest.fixture
def document(shop: Shop) -> dict[str, Any]:
    """Return the document of a visitor, over the socket."""

    async def ask() -> Any:
        async with socket() as client:
            return await client.call("rpc.discover")

    return async_to_sync(ask)()  # type: ignore[no-any-return]
