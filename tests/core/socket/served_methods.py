"""Methods that the server of the tests serves beside the suite's own."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from smallweb.core.socket.methods import NoParams, socket_method
from smallweb.core.socket.peer import Peer
from smallweb.core.socket.protocol import notification_text

calls = {"begun": 0, "given up": 0}


class Value(msgspec.Struct):
    value: Any


@socket_method("test.echo")
async def echo(peer: Peer, params: Value) -> Any:
    return params.value


@socket_method("test.whoami")
async def whoami(peer: Peer, params: NoParams) -> Any:
    user = peer.rights.actor.user
    return {"user": user.get_username() or None, "known_by": peer.rights.known_by}


@socket_method("test.wait")
async def wait(peer: Peer, params: NoParams) -> None:
    """Wait until it is given up."""
    calls["begun"] += 1
    try:
        await asyncio.Event().wait()
    finally:
        calls["given up"] += 1


@socket_method("test.calls")
async def tell_calls(peer: Peer, params: NoParams) -> dict[str, int]:
    return calls


@socket_method("test.count")
async def count(peer: Peer, params: Value) -> str:
    """Tell numbers on the way to the answer."""
    for number in range(params.value):
        await peer.stream(notification_text("$/progress", {"token": 1, "value": {"item": number}}))
    return "done"


@socket_method("test.open")
async def tell_open(peer: Peer, params: NoParams) -> dict[str, int]:
    """Say what the process holds."""
    from smallweb.core.channels.hub import get_hub
    from smallweb.core.socket.open_connections import get_board

    return {"connections": len(get_board()._open), "subscriptions": get_hub()._count}
