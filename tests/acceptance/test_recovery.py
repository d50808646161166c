"""Lines break and the web server is killed at any moment: every subscriber hears everything, once and in
order, or is told of the gap.

5 kills and 35 broken lines in 2,000 publications by default, 20 and 80 in 10,000 with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import pytest

from smallweb.rpc.client import Client, Event, Gap, Subscription, connect
from smallweb.rpc.client.events import Item
from tests.core.buses import bus_url, python_elsewhere
from tests.core.socket.clients import until
from tests.rpc.client.site import Site, served

pytestmark = pytest.mark.once

NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"
KILLS, CUTS, PUBLICATIONS = (20, 80, 10_000) if NIGHTLY else (5, 35, 2_000)
SUBSCRIBERS = 20
CHANNEL = "archive/a"
PUBLISH = f"""
import sys
from tests.rpc.client.site import ARCHIVE
namespaces.register(ARCHIVE)
for line in sys.stdin:
    for number in range(*map(int, line.split())):
        publish({CHANNEL!r}, number)
"""


class KilledServer:
    """A web server that is killed, and started again on its port."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._running = ExitStack()
        self.site = self._start(port=0)

    def kill_and_start(self) -> None:
        self._running.close()
        self.site = self._start(port=self.site.port)

    def close(self) -> None:
        self._running.close()

    def _start(self, *, port: int) -> Site:
        return self._running.enter_context(served(self._folder, port=port, bus_url=self._url))


class Subscriber:
    """One client; half of them hear the channel by its name, half by a filter."""

    def __init__(self, url: str, number: int) -> None:
        self.rpc: Client = connect(url)
        self._filter = CHANNEL if number % 2 else "archive/+"
        self._subscription: Subscription | None = None
        self.heard: list[Item] = []
        self.is_at_end = asyncio.Event()

    async def listen(self, began: asyncio.Barrier) -> None:
        async with self.rpc.subscribe(self._filter) as subscription:
            self._subscription = subscription
            await began.wait()
            async for item in subscription:
                self.heard.append(item)
                if isinstance(item, Event) and item.data == PUBLICATIONS - 1:
                    self.is_at_end.set()

    @property
    def is_listening(self) -> bool:
        """Whether the line is open and the server has agreed."""
        return self._subscription is not None and self._subscription.is_live

    def break_line(self) -> bool:
        """Break the line as a cut cable does; False when it is broken already."""
        line = self.rpc._line._line
        if line is None:
            return False
        line.transport.abort()
        return True

    def gaps(self) -> int:
        """Return of how many gaps it was told. Raises AssertionError for others, and for disorder."""
        expected, gaps, is_told = 0, 0, False
        for item in self.heard:
            if isinstance(item, Gap):
                gaps, is_told = gaps + 1, True
                continue
            assert isinstance(item, Event)
            assert item.data == expected or (is_told and item.data > expected), (item, expected)
            expected, is_told = item.data + 1, False
        return gaps


@contextmanager
def publisher(site: Site) -> Iterator[subprocess.Popen[str]]:
    """Run another process of the site, which publishes the numbers that it is told."""
    process = python_elsewhere(PUBLISH, site.core, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


async def break_things(server: KilledServer, subscribers: list[Subscriber], chance: random.Random) -> int:
    """Kill and cut between bursts of publications; return how many lines were broken."""
    events = ["kill"] * KILLS + ["cut"] * CUTS
    chance.shuffle(events)
    cuts = 0
    with publisher(server.site) as process:
        assert process.stdin is not None
        ends = [PUBLICATIONS * number // len(events) for number in range(len(events) + 1)]
        for event, first, last in zip(events, ends, ends[1:], strict=False):
            # A kill while some are still away would make delays longer than the bus keeps anything.
            least = SUBSCRIBERS if event == "kill" else SUBSCRIBERS // 2
            await until(lambda least=least: sum(one.is_listening for one in subscribers) >= least)  # type: ignore[misc]
            process.stdin.write(f"{first} {last}\n")
            process.stdin.flush()
            await asyncio.sleep(chance.uniform(0.0, 0.3))  # into the burst, or after it
            if event == "kill":
                await asyncio.to_thread(server.kill_and_start)
            else:
                some = chance.sample(subscribers, chance.randint(1, SUBSCRIBERS // 2))
                cuts += sum(subscriber.break_line() for subscriber in some)
        process.stdin.close()
        assert await asyncio.to_thread(process.wait, 120) == 0
    return cuts


@pytest.mark.parametrize(
    "bus", ["sqlite", *(["redis", "postgres"] if NIGHTLY else [])]
)  # the buses' own tests cover recovery
async def test_every_subscriber_hears_everything_once_and_in_order(bus: str, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    begun_at = time.monotonic()
    server = KilledServer(tmp_path, bus_url(bus, tmp_path))
    subscribers = [Subscriber(server.site.url, number) for number in range(SUBSCRIBERS)]
    async with AsyncExitStack() as stack:
        stack.callback(server.close)
        for subscriber in subscribers:
            await stack.enter_async_context(subscriber.rpc)
        began = asyncio.Barrier(SUBSCRIBERS + 1)
        listening = [asyncio.create_task(one.listen(began)) for one in subscribers]
        await began.wait()
        cuts = await break_things(server, subscribers, random.Random(seed))
        async with asyncio.timeout(120):
            for subscriber in subscribers:
                await subscriber.is_at_end.wait()
        for task in listening:
            task.cancel()
        await asyncio.wait(listening)
    gaps = [subscriber.gaps() for subscriber in subscribers]
    heard = sum(len(subscriber.heard) for subscriber in subscribers)
    print(
        f"\n{bus}, seed {seed}: {KILLS} kills, {cuts} broken lines, {heard} of {PUBLICATIONS * SUBSCRIBERS} "
        f"heard, {sum(gaps)} gaps told, {time.monotonic() - begun_at:.0f} s"
    )
