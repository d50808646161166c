"""Who listens, who comes and who goes, as sockets are told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import User

from smallweb.core.channels import publish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.presence import Client as Who
from smallweb.core.channels.presence import beat_message, part_message, withdraw
from smallweb.core.exceptions import BusUnavailable
from smallweb.core.models import ChannelNamespace
from smallweb.core.socket import presence as presence_module
from smallweb.core.socket.presence import get_presence
from smallweb.core.socket.protocol import ErrorCode
from tests.core.buses import edited
from tests.core.socket.clients import Client, signed_in, socket, until

ELSEWHERE = Who("abc", "bob")


async def names(client: Client, channel: str) -> list[Any]:
    found = (await client.call("rpc.presence", [channel]))["clients"]
    return sorted(str(one["user"]) for one in found)


async def change(client: Client) -> tuple[str, str, Any]:
    event = await client.next_event()
    assert event["method"] == "rpc.presence"
    return event["params"]["channel"], event["params"]["action"], event["params"]["client"]["user"]


async def watch(client: Client, filter_: str) -> None:
    await client.call("rpc.subscribe", {"channel": filter_, "presence": True})


async def test_those_who_listen_by_name_are_listed(bus: Bus) -> None:
    async with socket() as one, socket() as other, socket() as asks:
        for client in (one, other):
            await client.call("rpc.subscribe", ["room/a"])
        await other.call("rpc.subscribe", ["room/#"])
        await one.call("rpc.subscribe", ["open/a"])
        found = (await asks.call("rpc.presence", ["room/a"]))["clients"]
        assert len({client["client"] for client in found}) == 2
        assert await names(asks, "room/b") == []
        await one.call("rpc.unsubscribe", ["room/a"])
        assert len(await names(asks, "room/a")) == 1
        await other.call("rpc.subscribe", ["room/a"])
        assert len(await names(asks, "room/a")) == 1
    assert len(bus.channels("$presence/open/#", limit=9)) == 0


async def test_a_lost_line_is_a_leave(bus: Bus) -> None:
    async with socket() as watcher:
        await watch(watcher, "room/#")
        async with socket() as guest:
            await guest.call("rpc.subscribe", ["room/a"])
            assert await change(watcher) == ("room/a", "join", None)
        assert await change(watcher) == ("room/a", "leave", None)
        assert await names(watcher, "room/a") == []


async def test_only_those_who_asked_are_told_and_nobody_of_themselves(bus: Bus) -> None:
    async with socket() as watcher, socket() as quiet, socket() as guest:
        await watch(watcher, "room/a")
        await quiet.call("rpc.subscribe", ["room/a"])
        assert await change(watcher) == ("room/a", "join", None)
        await guest.call("rpc.subscribe", ["room/b"])
        await guest.call("rpc.subscribe", ["room/a"])
        assert await change(watcher) == ("room/a", "join", None)
        assert await watcher.is_silent()
        assert await quiet.is_silent()


async def test_subscribing_again_is_neither_leave_nor_join(bus: Bus) -> None:
    async with socket() as watcher, socket() as guest:
        await watch(watcher, "room/a")
        await guest.call("rpc.subscribe", ["room/a"])
        assert await change(watcher) == ("room/a", "join", None)
        await guest.call("rpc.subscribe", ["room/a"])
        await guest.call("rpc.presence", ["room/a"])
        assert await watcher.is_silent()


async def test_other_processes_are_seen_too(bus: Bus) -> None:
    async with socket() as watcher:
        bus.publish([beat_message("p"), part_message("room/before", "p", [ELSEWHERE])])
        await watch(watcher, "room/#")
        assert await names(watcher, "room/before") == ["bob"]
        await until(lambda: get_presence().watch._board is not None)
        bus.publish([part_message("room/a", "p", [ELSEWHERE])])
        assert await change(watcher) == ("room/a", "join", "bob")
        withdraw(bus, [("room/before", "p"), ("room/a", "p")])
        assert {await change(watcher), await change(watcher)} == {
            ("room/before", "leave", "bob"),
            ("room/a", "leave", "bob"),
        }


async def test_what_dead_processes_left_vanishes(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "BEAT_S", 0.05)
    async with socket() as watcher:
        bus.publish([beat_message("p"), part_message("room/a", "p", [ELSEWHERE])])
        await watch(watcher, "room/a")
        await until(lambda: get_presence().watch._board is not None)
        monkeypatch.setattr("smallweb.core.channels.presence.GONE_S", 0.2)
        assert await change(watcher) == ("room/a", "leave", "bob")
        await until(lambda: not bus.retained("$beat/p"))


async def test_a_process_that_was_taken_for_dead_tells_its_part_again(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_module, "BEAT_S", 0.05)
    async with socket() as guest:
        await guest.call("rpc.subscribe", ["room/a"])
        assert len(await names(guest, "room/a")) == 1
        process = get_presence().process
        withdraw(bus, [("room/a", process)])
        bus.clear(f"$beat/{process}")
        await until(lambda: bus.retained("$presence/room/a/+"))
        assert len(await names(guest, "room/a")) == 1


async def test_when_nobody_listens_any_more_the_process_falls_silent(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_module, "BEAT_S", 0.05)
    async with socket() as guest:
        await guest.call("rpc.subscribe", ["room/a"])
        await get_presence().told()
        assert bus.retained("$beat/+")
    await until(lambda: not bus.retained("$beat/+") and get_presence()._beat is None)
    assert bus.retained("$presence/#") == []


async def test_without_such_a_namespace_nothing_is_done(bus: Bus) -> None:
    async with socket() as client:
        await client.call("rpc.subscribe", ["open/a"])
        await client.call("rpc.unsubscribe", ["open/a"])
        assert get_presence()._task is None
        assert get_presence()._beat is None
    assert bus.channels("$presence/#", limit=9) == bus.channels("$beat/#", limit=9) == []


async def test_a_bus_that_fails_is_told_later(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "BEAT_S", 0.05)
    failing = [True]
    publish_really = type(bus).publish

    def publish_perhaps(self: Bus, messages: Any) -> Any:
        if failing[0] and messages[0].channel.startswith("$"):
            raise BusUnavailable("away")
        return publish_really(self, messages)

    monkeypatch.setattr(type(bus), "publish", publish_perhaps)
    async with socket() as guest:
        await guest.call("rpc.subscribe", ["room/a"])
        assert await names(guest, "room/a") == []
        failing[0] = False
        await until(lambda: bus.retained("$presence/room/a/+"))
        assert await names(guest, "room/a") == ["None"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (["open/a"], ErrorCode.REFUSED),
        (["team/a"], ErrorCode.REFUSED),
        (["nowhere/a"], ErrorCode.NOT_FOUND),
        (["$presence/room/a"], ErrorCode.NOT_FOUND),
        (["room/#"], ErrorCode.INVALID_PARAMS),
    ],
)
async def test_what_may_not_be_seen_is_refused(bus: Bus, params: Any, code: ErrorCode) -> None:
    async with socket() as client:
        assert await client.refused("rpc.presence", params) == code
        wanted = {"channel": params[0], "presence": True}
        if code != ErrorCode.INVALID_PARAMS:
            assert await client.refused("rpc.subscribe", wanted) == code


@pytest.mark.django_db(transaction=True)
async def test_users_are_named_and_the_right_is_checked_at_each_telling(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    bea = await User.objects.acreate(username="bea")
    async with signed_in(ann) as watcher, signed_in(bea) as guest:
        await watch(watcher, "team/#")
        await guest.call("rpc.subscribe", ["team/a"])
        assert await change(watcher) == ("team/a", "join", "bea")
        assert await names(watcher, "team/a") == ["bea"]
        with edited("team", presence="staff"):
            await guest.call("rpc.subscribe", ["team/b"])
            await get_presence().told()
            publish("team/b", 1)
            assert (await watcher.next_event())["method"] == "rpc.event"
            assert await watcher.is_silent()


@pytest.mark.django_db(transaction=True)
async def test_an_operator_turns_presence_off_and_on(bus: Bus) -> None:
    async with socket() as guest:
        await guest.call("rpc.subscribe", ["room/a"])
        assert await names(guest, "room/a") == ["None"]
        row = await ChannelNamespace.objects.acreate(name="room", subscribe="public")
        await until(lambda: not bus.retained("$presence/room/a/+"))
        assert await guest.refused("rpc.presence", ["room/a"]) == ErrorCode.REFUSED
        row.presence = "public"
        await row.asave()
        await until(lambda: bus.retained("$presence/room/a/+"))


async def test_a_slow_watcher_is_told_that_it_missed_some(bus: Bus) -> None:
    async with socket() as watcher:
        await watch(watcher, "room/a")
        await until(lambda: get_presence().watch._board is not None)
        (subscription,) = get_presence().watch._watchers.items()
        subscription.connection.outbox._lagged["open/x"] = (1, 1)
        bus.publish([part_message("room/a", "p", [ELSEWHERE])])
        told = [(await watcher.next_event())["params"]["channel"] for _ in range(2)]
        assert told == ["open/x", "$presence/room/a"]
        await asyncio.sleep(0)
