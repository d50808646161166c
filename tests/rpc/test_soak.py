"""Many who come, call, listen and go, in order or not: nothing of them is left in the server.

500 of them by default, 5,000 with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from channels.testing import WebsocketCommunicator

from smallweb.core.asgi import application
from smallweb.core.channels import namespaces
from smallweb.core.channels.hub import get_hub
from smallweb.core.socket import methods
from smallweb.core.socket.calls import Call
from smallweb.core.socket.connection import Connection
from smallweb.core.socket.lanes import get_lanes
from smallweb.core.socket.open_connections import get_board
from smallweb.core.socket.pool import get_pool
from smallweb.core.socket.presence import get_presence
from smallweb.core.socket.watch import get_watch
from smallweb.rpc import admission
from tests.core.buses import NAMESPACES
from tests.core.socket.clients import ORIGIN, Client, no_pages, until
from tests.rpc.fuzz_frames import serve_sample

pytestmark = pytest.mark.django_db(transaction=True)

VISITS = 5_000 if os.environ.get("SMALLWEB_NIGHTLY") == "1" else 500
WARM_UP = 100
AT_ONCE = 10
MAX_GROWTH_BYTES = 10 * 2**20


@pytest.fixture(autouse=True)
def served() -> Iterator[None]:
    serve_sample()
    with namespaces.temporarily(*NAMESPACES):
        yield


async def visit(site: Any, chance: random.Random) -> None:
    """Open a socket, do some of what can be done, and leave, perhaps in the middle of it."""
    communicator = WebsocketCommunicator(site, "/ws/", headers=ORIGIN)
    connected, _ = await communicator.connect(timeout=60)
    assert connected
    client = Client(communicator)
    assert await client.call("sample.add", [1, 2]) == 3
    if chance.random() < 0.5:
        await client.call("rpc.subscribe", {"channel": "room/a", "presence": True})
        await client.call("sample.spell", ["abc"])
    for number, (method, params) in enumerate(UNANSWERED):
        if chance.random() < 0.5:
            await client.send({"jsonrpc": "2.0", "method": method, "params": params, "id": f"u{number}"})
    await communicator.disconnect(timeout=60)


UNANSWERED: list[tuple[str, Any]] = [
    ("rpc.subscribe", ["kept/#"]),
    ("rpc.subscribe", {"channel": "room/#", "presence": True}),
    ("sample.wait", [5]),
    ("rpc.call", {"path": "sample.count", "args": [10**9], "stream": True}),
    ("rpc.set", ["sample.volume", 6]),
]


async def visits(count: int, chance: random.Random) -> None:
    site = application(no_pages)
    for _ in range(count // AT_ONCE):
        await asyncio.gather(*(visit(site, chance) for _ in range(AT_ONCE)))


def left(known: set[int]) -> dict[str, object]:
    """Return what is still there of anyone, by its name; empty when all have left. ``known``: the objects
    that earlier tests left to pytest's reports, by id.
    """
    hub, presence = get_hub(), get_presence()
    parts: dict[str, object] = {
        "hub": hub._trie.items(),
        "hub count": hub._count,
        "presence": presence._here,
        "presence watch": bool(presence.watch),
        "time limits": get_watch()._calls,
        "lanes": get_lanes()._lanes,
        "tasks of calls": methods._running,
        "looks at rights": admission._looking,
        "waiting functions": get_pool().waiting,
        "board": get_board()._open,
        "objects": [found for found in _alive() if id(found) not in known],
    }
    return {name: part for name, part in parts.items() if part}


def _alive() -> list[object]:
    gc.collect()
    return [found for found in gc.get_objects() if isinstance(found, Connection | Call)]


async def test_of_all_who_have_left_nothing_is_left() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    known = set(map(id, _alive()))
    await visits(WARM_UP, chance)
    await until(lambda: not left(known))
    process = psutil.Process()
    tasks, rss_bytes, files = len(asyncio.all_tasks()), process.memory_info().rss, process.num_fds()
    await visits(VISITS, chance)
    await until(lambda: not left(known))
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    growth_bytes = process.memory_info().rss - rss_bytes
    print(
        f"\nseed {seed}: {VISITS} visits, {growth_bytes / 2**20:.1f} MiB, {process.num_fds() - files} files"
    )
    assert process.num_fds() <= files + 16, f"seed {seed}"  # threads come and go with their connections
    assert growth_bytes < MAX_GROWTH_BYTES, f"seed {seed}"
