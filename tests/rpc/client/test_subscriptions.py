"""What a client hears, on a real server, through a line that breaks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import msgspec
import pytest
from django.test import override_settings

from smallweb.core.channels.bus import sqlite
from smallweb.core.channels.bus.base import get_bus
from smallweb.rpc.client import (
    Client,
    ConnectionLost,
    Event,
    Gap,
    Presence,
    Refused,
    RpcError,
    Subscription,
    SubscriptionEnded,
    connect,
)
from tests.rpc.client.lines import offline
from tests.rpc.client.relay import Relay
from tests.rpc.client.site import Site

pytestmark = pytest.mark.once


@pytest.fixture
async def publisher(site: Site) -> AsyncIterator[Client]:
    """Publish past the relay."""
    async with connect(site.url) as rpc:
        yield rpc


@pytest.fixture
def name() -> str:
    return secrets.token_hex(4)


async def data_of(subscription: Subscription, count: int) -> list[object]:
    """Return the next items' data, "gap" for a gap."""
    async with asyncio.timeout(60):
        items = [await anext(subscription) for _ in range(count)]
    return [item.data if isinstance(item, Event) else "gap" for item in items]


def forget_what_no_history_keeps(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what time does: every publication stays for a minute."""
    monkeypatch.setattr(sqlite, "TRANSIT_S", -1.0)
    with override_settings(SMALLWEB_CORE=site.core):
        bus = get_bus()
        bus.prune()
        bus.close()


async def test_the_retained_value_comes_first_if_it_is_wanted(
    site: Site, publisher: Client, name: str
) -> None:
    await publisher.publish(f"kept/{name}", "before")
    async with (
        publisher.subscribe(f"kept/{name}") as heard,
        publisher.subscribe(f"kept/{name}/#", retained=False) as news,
    ):
        await publisher.publish(f"kept/{name}", "after")
        first, second = await anext(heard), await anext(heard)
        assert isinstance(first, Event)
        assert isinstance(second, Event)
        assert [(e.data, e.offset, e.is_retained) for e in (first, second)] == [
            ("before", 1, True),
            ("after", 2, False),
        ]
        assert await data_of(news, 1) == ["after"]
        assert news.positions == {f"kept/{name}": second.position}


async def test_every_publication_comes_once_and_in_order_over_a_line_that_breaks(
    relay: Relay, publisher: Client, name: str
) -> None:
    async def listen() -> list[object]:
        async with connect(relay.url) as rpc, rpc.subscribe(f"kept/{name}", since={}) as heard:
            return await data_of(heard, 600)

    listeners = [asyncio.create_task(listen()) for _ in range(3)]
    for number in range(600):
        await publisher.publish(f"kept/{name}", number)
        if number % 60 == 30:
            relay.cut()
    for listener in listeners:
        assert await listener == list(range(600))


async def test_what_is_lost_for_good_is_told(
    site: Site, relay: Relay, publisher: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect(relay.url) as rpc, rpc.subscribe(f"open/{name}") as heard:
        await publisher.publish(f"open/{name}", 1)
        assert await data_of(heard, 1) == [1]
        relay.is_closed = True
        relay.cut()
        await offline(rpc)
        for number in range(200):
            await publisher.publish(f"open/{name}", number)
        forget_what_no_history_keeps(site, monkeypatch)
        relay.is_closed = False
        assert await anext(heard) == Gap(f"open/{name}")
        await publisher.publish(f"open/{name}", "after")
        assert await data_of(heard, 1) == ["after"]


async def test_a_later_program_goes_on_where_an_earlier_one_stopped(
    site: Site, publisher: Client, name: str
) -> None:
    async with publisher.subscribe(f"kept/{name}/#") as heard:
        for number in range(5):
            await publisher.publish(f"kept/{name}/a", number)
        assert await data_of(heard, 3) == [0, 1, 2]
        positions = heard.positions
    await publisher.publish(f"kept/{name}/b", "new channel")
    async with connect(site.url) as rpc:
        async with rpc.subscribe(f"kept/{name}/#", since=positions) as heard:
            assert sorted(map(str, await data_of(heard, 3))) == ["3", "4", "new channel"]
        position = positions[f"kept/{name}/a"]
        async with rpc.subscribe(f"kept/{name}/a", since=position) as heard:
            assert await data_of(heard, 2) == [3, 4]


async def test_a_slow_consumer_gets_the_rest_from_the_history(
    site: Site, publisher: Client, name: str
) -> None:
    async with connect(site.url, max_queue=10) as rpc, rpc.subscribe(f"kept/{name}") as heard:
        for number in range(80):
            await publisher.publish(f"kept/{name}", number)
        await rpc.call("rpc.ping")
        assert await data_of(heard, 80) == list(range(80))


async def test_a_slow_consumer_is_told_what_the_history_has_not(
    site: Site, publisher: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect(site.url, max_queue=10) as rpc, rpc.subscribe(f"kept/{name}") as heard:
        for number in range(300):
            await publisher.publish(f"kept/{name}", number)
        await rpc.call("rpc.ping")
        forget_what_no_history_keeps(site, monkeypatch)
        assert await data_of(heard, 12) == [*range(10), "gap", 299]


async def test_a_refusal_is_raised_where_the_subscription_is_used(site: Site) -> None:
    async with connect(site.url) as rpc:
        with pytest.raises(Refused):
            async with rpc.subscribe("office/a"):
                pass
        with pytest.raises(RpcError, match="secrets"):
            await anext(rpc.subscribe("secrets/a"))


async def test_a_newer_subscription_takes_the_place_of_the_older(publisher: Client, name: str) -> None:
    older = publisher.subscribe(f"kept/{name}")
    await older.agreed()
    async with publisher.subscribe(f"kept/{name}") as newer:
        with pytest.raises(SubscriptionEnded, match="subscribed to again"):
            await anext(older)
        await older.close()
        await publisher.publish(f"kept/{name}", 1)
        assert await data_of(newer, 1) == [1]


async def test_after_close_the_loop_ends_and_nothing_is_heard(publisher: Client, name: str) -> None:
    subscription = publisher.subscribe(f"kept/{name}")
    await publisher.publish(f"kept/{name}", 1)
    heard = []
    async for item in subscription:
        heard.append(item)
        await subscription.close()
    assert len(heard) == 1
    assert await publisher.call("rpc.unsubscribe", f"kept/{name}") is False


async def test_a_subscription_outlives_the_line_only_if_it_comes_back(relay: Relay) -> None:
    async with connect(relay.url, reconnect=False) as rpc, rpc.subscribe("kept/#") as heard:
        relay.cut()
        with pytest.raises(ConnectionLost):
            while True:
                await anext(heard)


async def test_what_is_subscribed_while_offline_begins_with_the_line(
    relay: Relay, publisher: Client, name: str
) -> None:
    async with connect(relay.url) as rpc:
        relay.cut()
        await offline(rpc)
        async with rpc.subscribe(f"kept/{name}") as heard:
            await publisher.publish(f"kept/{name}", 1)
            assert await data_of(heard, 1) == [1]


def push(rpc: Client, method: str, **params: object) -> None:
    """Let a client hear what a server may say."""
    rpc._hear(msgspec.json.encode({"jsonrpc": "2.0", "method": method, "params": params}))


async def test_what_the_server_could_not_send_is_asked_for(publisher: Client, name: str) -> None:
    async with publisher.subscribe(f"kept/{name}") as heard, publisher.subscribe("open/#"):
        push(publisher, "rpc.lagged", channel=f"kept/{name}", **{"from": None, "to": None})
        await publisher.publish(f"kept/{name}", 1)
        assert await data_of(heard, 1) == [1]


async def test_a_subscription_that_is_allowed_no_more_ends(publisher: Client, name: str) -> None:
    async with publisher.subscribe(f"kept/{name}") as heard:
        push(publisher, "rpc.unsubscribed", channel=f"kept/{name}")
        push(publisher, "rpc.unsubscribed", channel="another/one")
        with pytest.raises(Refused, match="no longer allowed"):
            await anext(heard)


async def test_who_joins_and_leaves_is_told_if_wanted(site: Site, name: str) -> None:
    channel = f"open/{name}"
    joined = {"channel": channel, "action": "join", "client": {"client": "c1", "user": None}}
    async with connect(site.url, max_queue=1) as rpc:
        heard = rpc.subscribe(channel, presence=True)
        others = rpc.subscribe(f"{channel}/#")
        for _ in range(2):
            push(rpc, "rpc.presence", **joined)
        assert await anext(heard) == Presence(channel, "join", "c1", None)
        assert await anext(heard) == Gap(channel)
        await others.close()
        assert [item async for item in others] == []


async def test_a_subscription_too_many_begins_when_there_is_room(site: Site, name: str) -> None:
    async with connect(site.url) as rpc:
        first = [rpc.subscribe(f"open/{name}/{number}") for number in range(100)]
        for subscription in first:
            await subscription.agreed()
        late = rpc.subscribe(f"open/{name}/late")
        await rpc.call("rpc.ping")
        await first[0].close()
        async with asyncio.timeout(60):
            await late.agreed()


async def test_closing_over_a_broken_line_is_no_fault(relay: Relay, name: str) -> None:
    async with connect(relay.url) as rpc, rpc.subscribe(f"kept/{name}") as heard:
        relay.cut()
        await heard.close()
        await heard.agreed()


@pytest.mark.parametrize("steps", range(6))
async def test_closing_while_the_server_is_asked_takes_it_back(
    publisher: Client, name: str, steps: int
) -> None:
    subscription = publisher.subscribe(f"kept/{name}")
    for _ in range(steps):
        await asyncio.sleep(0)
    await subscription.close()
    assert await publisher.call("rpc.unsubscribe", f"kept/{name}") is False
