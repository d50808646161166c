"""What pages say on channels, and what they ask of the bus."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import User

from smallweb.core.channels import Namespace, apublish, namespaces, publish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.publish import MAX_DATA_BYTES
from smallweb.core.socket import channel_methods
from smallweb.core.socket.protocol import CloseCode, ErrorCode
from tests.core.buses import edited, publish_each
from tests.core.socket.clients import signed_in, socket

DEEP = "[" * 5_000 + "]" * 5_000


async def test_a_page_publishes_where_it_may_and_is_told_the_place(bus: Bus) -> None:
    async with socket() as speaker, socket() as listener:
        await listener.call("rpc.subscribe", ["talk/#"])
        place = await speaker.call("rpc.publish", {"channel": "talk/a", "data": {"x": [1, None]}})
        assert place == {"epoch": bus.recover("talk/a").position.epoch, "offset": 1}
        assert (await speaker.call("rpc.publish", ["talk/a", None]))["offset"] == 2
        first, second = await listener.next_event(), await listener.next_event()
        assert (first["params"]["data"], second["params"]["data"]) == ({"x": [1, None]}, None)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (["open/a", 1], ErrorCode.REFUSED),
        (["club/a", 1], ErrorCode.REFUSED),
        (["user/1/a", 1], ErrorCode.REFUSED),
        (["nowhere/a", 1], ErrorCode.NOT_FOUND),
        (["$layer/a", 1], ErrorCode.NOT_FOUND),
        (["$namespaces", 1], ErrorCode.NOT_FOUND),
        (["talk/#", 1], ErrorCode.INVALID_PARAMS),
        (["talk/+", 1], ErrorCode.INVALID_PARAMS),
        (["talk/\0", 1], ErrorCode.INVALID_PARAMS),
        (["talk/a"], ErrorCode.INVALID_PARAMS),
        (["talk/a", 1, 2], ErrorCode.INVALID_PARAMS),
    ],
)
async def test_what_may_not_be_published_is_refused(bus: Bus, params: Any, code: ErrorCode) -> None:
    async with socket() as client:
        assert await client.refused("rpc.publish", params) == code
    assert bus.channels("#", limit=9) == []


async def test_a_value_over_the_limit_is_refused(bus: Bus, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_MESSAGE_BYTES": 2**20}
    async with socket() as client:
        answer = await client.ask("rpc.publish", ["talk/a", "x" * MAX_DATA_BYTES])
        assert answer["error"]["code"] == ErrorCode.INVALID_PARAMS
        assert answer["error"]["data"]["code"] == "cannot_publish"


@pytest.mark.parametrize("data", [DEEP, "1e999", '"\\ud800"', "NaN"])
async def test_what_is_no_strict_json_is_refused_and_the_socket_stays(bus: Bus, data: str) -> None:
    async with socket() as client:
        await client.send(f'{{"jsonrpc":"2.0","method":"rpc.publish","params":["talk/a",{data}],"id":1}}')
        assert "error" in await client.receive()
        assert await client.call("rpc.ping") == "pong"
    assert bus.channels("#", limit=9) == []


@pytest.mark.django_db(transaction=True)
async def test_users_publish_by_their_rights_as_they_are_now(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    async with signed_in(ann) as client:
        assert (await client.call("rpc.publish", ["club/a", 1]))["offset"] == 1
        with edited("club", publish="staff"):
            assert await client.refused("rpc.publish", ["club/a", 1]) == ErrorCode.REFUSED
        await User.objects.filter(pk=ann.pk).aupdate(is_active=False)
        await client.send({"jsonrpc": "2.0", "method": "rpc.publish", "params": ["club/a", 1], "id": 9})
        assert await client.closed_with() == CloseCode.SESSION_ENDED
    assert bus.recover("club/a").position.offset == 1


@pytest.mark.django_db(transaction=True)
async def test_nobody_publishes_on_a_personal_channel_of_someone_else(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    own = Namespace(name="own", subscribe="login", publish="login", personal=True)
    with namespaces.temporarily(own):
        async with signed_in(ann) as client:
            await client.call("rpc.publish", [f"own/{ann.pk}/a", 1])
            assert await client.refused("rpc.publish", [f"own/{ann.pk + 1}/a", 1]) == ErrorCode.REFUSED
            assert await client.refused("rpc.publish", ["own", 1]) == ErrorCode.REFUSED
    assert bus.channels("own/#", limit=9) == [f"own/{ann.pk}/a"]


def told(answer: dict[str, Any]) -> list[Any]:
    return [one["data"] for one in answer["publications"]]


async def test_history_tells_what_is_kept_and_no_more(bus: Bus) -> None:
    publish_each("talk/a", range(1, 9))
    position = bus.recover("talk/a").position
    async with socket() as client:
        answer = await client.call("rpc.history", ["talk/a"])
        assert (answer["epoch"], answer["offset"]) == (position.epoch, 8)
        assert told(answer) == [4, 5, 6, 7, 8]
        assert told(await client.call("rpc.history", {"channel": "talk/a", "limit": 2})) == [7, 8]
        since = {"epoch": position.epoch, "offset": 5}
        assert told(await client.call("rpc.history", ["talk/a", since])) == [6, 7, 8]
        assert told(await client.call("rpc.history", ["talk/a", since, 2])) == [6, 7]
        since["epoch"] = "another"
        assert told(await client.call("rpc.history", ["talk/a", since, 2])) == [4, 5]
        assert await client.call("rpc.history", ["talk/silent"]) == {
            "epoch": "", "offset": 0, "publications": [],
        }  # fmt: skip


async def test_history_leaves_out_what_is_too_old(bus: Bus) -> None:
    publish("talk/a", 1)
    async with socket() as client:
        with edited("talk", history_age_s=-1.0):
            assert told(await client.call("rpc.history", ["talk/a"])) == []


async def test_history_too_large_for_one_answer_comes_in_parts(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_methods, "MAX_HISTORY_BYTES", 100)
    publish_each("talk/a", ["1" * 40, "2" * 40, "3" * 200])
    epoch = bus.recover("talk/a").position.epoch
    async with socket() as client:
        assert told(await client.call("rpc.history", ["talk/a"])) == ["3" * 200]
        since = {"epoch": epoch, "offset": 0}
        assert told(await client.call("rpc.history", ["talk/a", since])) == ["1" * 40, "2" * 40]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (["open/a"], ErrorCode.REFUSED),
        (["club/a"], ErrorCode.REFUSED),
        (["user/1/a"], ErrorCode.REFUSED),
        (["nowhere/a"], ErrorCode.NOT_FOUND),
        (["talk/#"], ErrorCode.INVALID_PARAMS),
        (["talk/a", None, 0], ErrorCode.INVALID_PARAMS),
        (["talk/a", None, 1_001], ErrorCode.INVALID_PARAMS),
        (["talk/a", {"epoch": "x", "offset": -1}], ErrorCode.INVALID_PARAMS),
    ],
)
async def test_a_history_that_may_not_be_read_is_refused(bus: Bus, params: Any, code: ErrorCode) -> None:
    async with socket() as client:
        assert await client.refused("rpc.history", params) == code


async def test_a_visitor_is_told_of_the_channels_that_everyone_may_hear(bus: Bus) -> None:
    for channel in ("open/a", "open/b/c", "kept/a", "members/a", "office/a", "user/1/a"):
        publish(channel, 1)
    async with socket() as client:
        assert await client.call("rpc.channels") == ["kept/a", "open/a", "open/b/c"]
        assert await client.call("rpc.channels", ["+/a"]) == ["kept/a", "open/a"]
        assert await client.call("rpc.channels", ["open/#"]) == ["open/a", "open/b/c"]
        assert await client.call("rpc.channels", ["members/#"]) == []
        assert await client.call("rpc.channels", ["$layer/#"]) == []
        assert await client.refused("rpc.channels", ["#/a"]) == ErrorCode.INVALID_PARAMS


@pytest.mark.django_db(transaction=True)
async def test_a_user_is_told_of_their_own_channels_and_no_others(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    for channel in ("members/a", "office/a", f"user/{ann.pk}/a", f"user/{ann.pk}/b", f"user/{ann.pk + 1}/a"):
        await apublish(channel, 1)
    async with signed_in(ann) as client:
        own = [f"user/{ann.pk}/a", f"user/{ann.pk}/b"]
        assert await client.call("rpc.channels") == ["members/a", *own]
        assert await client.call("rpc.channels", ["user/+/a"]) == own[:1]
        assert await client.call("rpc.channels", [f"user/{ann.pk + 1}/#"]) == []
        await User.objects.filter(pk=ann.pk).aupdate(is_active=False)
        assert await client.call("rpc.channels") == []


async def test_no_more_channels_are_named_than_fit(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_methods, "MAX_CHANNELS", 3)
    for number in range(3):
        publish(f"open/{number}", 1)
        publish(f"talk/{number}", 1)
    async with socket() as client:
        assert len(await client.call("rpc.channels")) == 3


async def test_two_connections_that_publish_at_once_get_places_of_their_own(bus: Bus) -> None:
    async with socket() as one, socket() as other:
        places = await asyncio.gather(
            *(client.call("rpc.publish", ["talk/a", number]) for number, client in enumerate((one, other)))
        )
    assert sorted(place["offset"] for place in places) == [1, 2]
