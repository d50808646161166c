"""What a subscriber hears, misses and is told."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import AnonymousUser, User

from smallweb.core.access import access_rules, rule_text
from smallweb.core.channels import Namespace, apublish, namespaces, publish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.hub import event_frame, get_hub
from smallweb.core.channels.publications import Position, Publication
from smallweb.core.models import ChannelNamespace
from smallweb.core.socket import subscriptions
from smallweb.core.socket.protocol import CloseCode, ErrorCode
from smallweb.core.socket.subscription import Subscription
from tests.core.buses import edited, publish_each
from tests.core.socket.clients import Client, signed_in, socket, until


def offsets(publications: list[dict[str, Any]]) -> list[int]:
    return [one["offset"] for one in publications]


async def events(client: Client, count: int) -> list[dict[str, Any]]:
    found = [await client.next_event() for _ in range(count)]
    assert {one["method"] for one in found} == {"rpc.event"}
    return [one["params"] for one in found]


async def test_a_subscriber_hears_what_is_published_from_then_on(bus: Bus) -> None:
    async with socket() as client:
        result = await client.call("rpc.subscribe", {"channel": "open/a"})
        assert result == {
            "channel": "open/a",
            "retains": False,
            "epoch": "",
            "offset": 0,
            "recovered": False,
            "publications": [],
            "retained": None,
        }
        await apublish("open/a", {"x": [1, None]})
        await apublish("open/b", "not for us")
        await apublish("open/a", 2)
        first, second = await events(client, 2)
        assert first == {"channel": "open/a", "data": {"x": [1, None]}, "offset": 1, "epoch": first["epoch"]}
        assert (second["offset"], second["data"]) == (2, 2)
        assert await client.call("rpc.unsubscribe", ["open/a"]) is True
        assert await client.call("rpc.unsubscribe", ["open/a"]) is False
        await apublish("open/a", 3)
        assert await client.is_silent()


async def test_the_last_value_comes_with_the_answer_if_it_is_wanted(bus: Bus) -> None:
    publish("kept/a", 1)
    publish("kept/a", 2)
    async with socket() as client:
        result = await client.call("rpc.subscribe", ["kept/a"])
        assert (result["retained"]["data"], result["retained"]["offset"], result["retains"]) == (2, 2, True)
        assert (await client.call("rpc.subscribe", ["kept/a", None, False]))["retained"] is None


async def test_what_was_missed_comes_with_the_answer(bus: Bus) -> None:
    for number in range(1, 6):
        publish("kept/a", number)
    epoch = bus.recover("kept/a").position.epoch
    async with socket() as client:
        result = await client.call("rpc.subscribe", ["kept/a", {"epoch": epoch, "offset": 2}])
        assert result["recovered"] is True
        assert [one["data"] for one in result["publications"]] == [3, 4, 5]
        assert result["retained"] is None
        result = await client.call("rpc.subscribe", ["kept/a", {"epoch": "another", "offset": 2}])
        assert (result["recovered"], result["publications"]) == (False, [])
        assert result["retained"]["data"] == 5


async def test_history_too_large_for_one_answer_is_not_recovered(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MAX_RESULT_BYTES", 100)
    for number in range(4):
        publish("kept/a", f"{number}" * 40)
    epoch = bus.recover("kept/a").position.epoch
    async with socket() as client:
        result = await client.call("rpc.subscribe", ["kept/a", {"epoch": epoch, "offset": 1}])
        assert (result["recovered"], result["publications"]) == (False, [])
        assert result["retained"]["offset"] == 4
        publish("kept/b", "x" * 90)
        publish("kept/c", "x" * 90)
        assert await client.refused("rpc.subscribe", ["kept/+"]) == ErrorCode.INVALID_PARAMS
        assert await client.call("rpc.unsubscribe", ["kept/+"]) is False


async def test_a_filter_answers_for_each_of_its_channels(bus: Bus) -> None:
    for number in range(1, 4):
        publish("kept/a", number)
    publish("kept/b/c", "deep")
    publish("open/a", "elsewhere")
    epoch = bus.recover("kept/a").position.epoch
    async with socket() as client:
        result = await client.call("rpc.subscribe", ["kept/#", {"kept/a": {"epoch": epoch, "offset": 1}}])
        channels = result["channels"]
        assert set(channels) == {"kept/a", "kept/b/c"}
        assert offsets(channels["kept/a"]["publications"]) == [2, 3]
        # Who gives positions has not heard of the other channel: all of it is new.
        assert offsets(channels["kept/b/c"]["publications"]) == [1]
        result = await client.call("rpc.subscribe", ["kept/+"])
        assert set(result["channels"]) == {"kept/a"}
        assert result["channels"]["kept/a"]["retained"]["data"] == 3
        await apublish("kept/new", 1)
        (event,) = await events(client, 1)
        assert event["channel"] == "kept/new"
        assert await client.is_silent()


async def test_a_filter_of_too_many_channels_is_refused_unless_nothing_is_asked(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MAX_CHANNELS", 2)
    for name in "abc":
        publish(f"kept/{name}", 1)
    async with socket() as client:
        assert await client.refused("rpc.subscribe", ["kept/#"]) == ErrorCode.INVALID_PARAMS
        assert (await client.call("rpc.subscribe", ["kept/#", None, False]))["channels"] == {}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ([], ErrorCode.INVALID_PARAMS),
        ([1], ErrorCode.INVALID_PARAMS),
        ([""], ErrorCode.INVALID_PARAMS),
        (["open/a#"], ErrorCode.INVALID_PARAMS),
        (["open/\0"], ErrorCode.INVALID_PARAMS),
        (["open/" + "a" * 300], ErrorCode.INVALID_PARAMS),
        (["open/a", {"epoch": "x"}], ErrorCode.INVALID_PARAMS),
        (["open/a", {"epoch": "x", "offset": -1}], ErrorCode.INVALID_PARAMS),
        (["open/a", {"epoch": "x", "offset": 2**70}], ErrorCode.INVALID_PARAMS),
        (["open/#", {"open/a": 7}], ErrorCode.INVALID_PARAMS),
        ({"channel": "open/a", "surplus": 1}, ErrorCode.INVALID_PARAMS),
        (["nowhere/a"], ErrorCode.NOT_FOUND),
        (["#"], ErrorCode.NOT_FOUND),
        (["+/a"], ErrorCode.NOT_FOUND),
        (["+/+"], ErrorCode.NOT_FOUND),
        (["$layer/a"], ErrorCode.NOT_FOUND),
        (["$SYS/#"], ErrorCode.NOT_FOUND),
        (["members/a"], ErrorCode.REFUSED),
        (["members/#"], ErrorCode.REFUSED),
        (["office/+/a"], ErrorCode.REFUSED),
    ],
)
async def test_a_subscription_that_may_not_be_is_refused_and_hears_nothing(
    bus: Bus, params: Any, code: ErrorCode
) -> None:
    async with socket() as client:
        assert await client.refused("rpc.subscribe", params) == code
        for channel in ("open/a", "members/a", "office/b/a"):
            await apublish(channel, "secret")
        assert await client.is_silent()


async def test_only_so_many_subscriptions_are_taken(bus: Bus, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_SUBSCRIPTIONS": 2}
    async with socket() as client:
        await client.call("rpc.subscribe", ["open/a"])
        await client.call("rpc.subscribe", ["open/b"])
        assert await client.refused("rpc.subscribe", ["open/c"]) == ErrorCode.BUSY
        await client.call("rpc.subscribe", ["open/b"])
        await client.call("rpc.unsubscribe", ["open/a"])
        await client.call("rpc.subscribe", ["open/c"])


async def test_a_bus_that_is_away_is_told(bus: Bus, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "redis://127.0.0.1:1/0"}
    async with socket() as client:
        assert await client.refused("rpc.subscribe", ["open/a"]) == ErrorCode.BUSY
        assert await client.call("rpc.unsubscribe", ["open/a"]) is False


async def test_overlapping_filters_bring_a_publication_once(bus: Bus) -> None:
    async with socket() as client:
        for filter_ in ("open/#", "open/+", "open/a"):
            await client.call("rpc.subscribe", [filter_])
        await apublish("open/a", 1)
        await apublish("open/a", 2)
        assert offsets(await events(client, 2)) == [1, 2]
        assert await client.is_silent()


async def test_nothing_is_lost_or_repeated_between_the_answer_and_the_pushes(bus: Bus) -> None:
    stop = asyncio.Event()

    async def speak() -> None:
        while not stop.is_set():
            await asyncio.to_thread(publish_each, "kept/a", [1] * 5)

    speaking = asyncio.create_task(speak())
    async with socket() as client:
        since = (await client.call("rpc.subscribe", ["kept/a"]))["offset"]
        for _ in range(15):
            pushed = [event["params"]["offset"] for event in client.events]
            client.events.clear()
            assert pushed == list(range(since + 1, since + 1 + len(pushed)))
            seen = since + len(pushed)
            epoch = bus.recover("kept/a").position.epoch
            answer = await client.call("rpc.subscribe", ["kept/a", {"epoch": epoch, "offset": seen}])
            before = [event["params"]["offset"] for event in client.events]
            client.events.clear()
            assert before == list(range(seen + 1, seen + 1 + len(before)))
            assert answer["recovered"]
            told = offsets(answer["publications"])
            assert told == list(range(seen + 1, answer["offset"] + 1))
            assert len(before) <= len(told)
            since = answer["offset"]
        stop.set()
        await speaking


async def test_a_burst_to_many_subscribers_loses_nothing_unreported(bus: Bus) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(socket()) for _ in range(100)]
        for client in clients:
            await client.call("rpc.subscribe", ["open/#"])
        await asyncio.to_thread(publish_each, "open/burst", range(300))
        for client in clients:
            heard: set[int] = set()
            while len(heard) < 300:
                event = await client.next_event()
                params = event["params"]
                if event["method"] == "rpc.lagged":
                    heard.update(range(params["from"], params["to"] + 1))
                else:
                    heard.add(params["offset"])
            assert heard == set(range(1, 301))


async def test_a_gap_that_nobody_can_name_is_told_for_the_filter(bus: Bus) -> None:
    async with socket() as client:
        await client.call("rpc.subscribe", ["open/#"])
        get_hub()._tell_missed()
        event = await client.next_event()
        assert event["method"] == "rpc.lagged"
        assert event["params"] == {"channel": "open/#", "from": None, "to": None}


async def test_the_right_is_checked_at_each_delivery(bus: Bus) -> None:
    async with socket() as client:
        with namespaces.temporarily(Namespace(name="later", subscribe="public")):
            await client.call("rpc.subscribe", ["later/#"])
            await apublish("later/a", 1)
            assert offsets(await events(client, 1)) == [1]
            with edited("later", subscribe="staff"):
                await apublish("later/a", 2)
                await apublish("later/a", 3)
                assert await client.is_silent()


@pytest.mark.django_db(transaction=True)
async def test_users_hear_what_their_rule_allows(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    boss = await User.objects.acreate(username="boss", is_staff=True)
    async with signed_in(ann) as client:
        await client.call("rpc.subscribe", ["members/#"])
        assert await client.refused("rpc.subscribe", ["office/#"]) == ErrorCode.REFUSED
        await apublish("members/a", 1)
        assert offsets(await events(client, 1)) == [1]
    async with signed_in(boss) as client:
        await client.call("rpc.subscribe", ["office/#"])
        await apublish("office/a", 1)
        assert offsets(await events(client, 1)) == [1]


@pytest.mark.django_db(transaction=True)
async def test_a_user_disabled_meanwhile_is_put_out_when_they_subscribe(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    async with signed_in(ann) as client:
        await User.objects.filter(pk=ann.pk).aupdate(is_active=False)
        await client.send({"jsonrpc": "2.0", "method": "rpc.subscribe", "params": ["members/a"], "id": 1})
        assert await client.closed_with() == CloseCode.SESSION_ENDED


async def test_a_visitor_stays_a_visitor(bus: Bus) -> None:
    async with signed_in(AnonymousUser()) as client:  # type: ignore[arg-type]
        assert await client.refused("rpc.subscribe", ["members/a"]) == ErrorCode.REFUSED
        await client.call("rpc.subscribe", ["open/a"])


async def test_more_than_can_be_held_while_the_answer_is_made_is_reported(bus: Bus, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_QUEUED_MESSAGES": 2}
    async with socket() as client:
        await client.call("rpc.subscribe", ["open/other"])
        other: Any = next(iter(get_hub()._trie.matching("open/other")))
        subscription = Subscription(other.connection, "open/#")
        for offset in range(1, 5):
            one = Publication("open/a", msgspec.Raw(b"1"), offset, "e", 0.0)
            assert subscription.deliver(one, event_frame(one)) is False
        subscription.missed()
        subscription.release({"open/a": Position("e", 1)})
        assert offsets(await events(client, 1)) == [2]
        lagged = await client.next_event()
        assert (lagged["method"], lagged["params"]["channel"]) == ("rpc.lagged", "open/#")
        assert await client.is_silent()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verdict", [True, False])
async def test_what_comes_while_a_new_rule_is_decided_waits_for_the_verdict(
    bus: Bus, settings: Any, verdict: bool
) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_QUEUED_MESSAGES": 2}
    is_asked, may_answer = threading.Event(), threading.Event()

    def slow(user: Any) -> bool:
        is_asked.set()
        may_answer.wait(60)
        return verdict

    ann = await User.objects.acreate(username="ann")
    with access_rules.temporarily():
        rule = rule_text(slow)
        async with signed_in(ann) as client:
            await client.call("rpc.subscribe", ["open/a"])
            subscription: Any = next(iter(get_hub()._trie.matching("open/a")))
            await ChannelNamespace.objects.acreate(name="open", subscribe=rule)
            await until(is_asked.is_set)
            for number in range(3):
                await apublish("open/a", number)
            await until(lambda: subscription._missed_while_holding)
            may_answer.set()
            if verdict:
                assert offsets(await events(client, 2)) == [1, 2]
                assert (await client.next_event())["method"] == "rpc.lagged"
            else:
                assert (await client.next_event())["method"] == "rpc.unsubscribed"
            assert await client.is_silent()
