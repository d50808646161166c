"""Tracked values: one for all processes, and news for who may get them."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction

from smallweb.core.socket.protocol import ErrorCode
from smallweb.rpc import serve, tracked
from smallweb.rpc.exceptions import CannotServe, NotStored
from smallweb.rpc.models import RemoteMember, TrackedValue
from smallweb.rpc.services.policy import get_policy
from smallweb.rpc.services.sync_objects import sync_objects
from tests.core.socket.clients import signed_in, socket

pytestmark = pytest.mark.django_db(transaction=True)


class Lamp:
    light: int = tracked(5)  # type: ignore[assignment]
    colours: list[str] = tracked(["red"])  # type: ignore[assignment]


@pytest.fixture
def lamp() -> Lamp:
    lamp = Lamp()
    serve(lamp=lamp, access="public")
    return lamp


async def test_a_set_anywhere_is_heard_by_who_may_get(lamp: Lamp) -> None:
    secret = Lamp()
    serve(secret=secret, access="staff")
    user = await User.objects.acreate(username="ann", is_staff=True)
    async with socket() as visitor, signed_in(user) as ann:
        answer = await visitor.call("rpc.subscribe", ["objects/#"])
        assert answer["channels"] == {}
        await ann.call("rpc.subscribe", ["objects/+/light"])
        assert await visitor.refused("rpc.subscribe", ["objects/secret/light"]) == ErrorCode.REFUSED
        assert await visitor.refused("rpc.subscribe", ["objects/nothing/light"]) == ErrorCode.REFUSED
        await Lamp.light.aset(secret, 9)  # type: ignore[attr-defined]
        await visitor.call("rpc.set", ["lamp.light", 7])
        event = await visitor.next_event()
        assert (event["params"]["channel"], event["params"]["data"]) == ("objects/lamp/light", 7)
        first, second = [(await ann.next_event())["params"] for _ in range(2)]
        assert [(one["channel"], one["data"]) for one in (first, second)] == [
            ("objects/secret/light", 9), ("objects/lamp/light", 7),
        ]  # fmt: skip
        assert await visitor.is_silent()
        assert await visitor.call("rpc.channels", ["objects/#"]) == ["objects/lamp/light"]
        assert set((await visitor.call("rpc.subscribe", ["objects/#"]))["channels"]) == {"objects/lamp/light"}


async def test_who_may_no_longer_get_hears_no_more(lamp: Lamp) -> None:
    await sync_to_async(sync_objects)()
    async with socket() as client:
        await client.call("rpc.subscribe", ["objects/lamp/light"])
        await RemoteMember.objects.filter(name="lamp.light").aupdate(access="staff")
        get_policy().forget()
        assert await client.refused("rpc.get", ["lamp.light"]) == ErrorCode.REFUSED
        await Lamp.light.aset(lamp, 8)  # type: ignore[attr-defined]
        assert await client.is_silent()


def test_a_value_is_published_when_it_is_committed_and_not_before(lamp: Lamp) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        lamp.light = 6
        assert lamp.light == 6
        raise ZeroDivisionError
    assert lamp.light == 5
    lamp.light = 7
    assert TrackedValue.objects.get().value == {"value": 7}
    del lamp.light
    assert (lamp.light, TrackedValue.objects.count()) == (5, 0)


def test_what_comes_out_is_a_copy(lamp: Lamp) -> None:
    lamp.colours.append("green")
    assert lamp.colours == ["red"]
    lamp.colours = [*lamp.colours, "green"]
    assert lamp.colours == ["red", "green"]


def test_changes_at_once_follow_each_other(lamp: Lamp) -> None:
    change: Any = Lamp.light
    assert [change.change(lamp, lambda light: light + 1) for _ in range(3)] == [6, 7, 8]
    with pytest.raises(CannotServe, match="no served object"):
        change.change(Lamp(), lambda light: light)


def test_what_is_no_json_is_refused(lamp: Lamp) -> None:
    with pytest.raises(NotStored, match=r"lamp\.light"):
        lamp.light = object()  # type: ignore[assignment]


async def test_coroutines_read_and_write(lamp: Lamp) -> None:
    light: Any = Lamp.light
    await light.aset(lamp, 3)
    assert await light.aget(lamp) == 3


def test_an_object_that_is_not_served_has_plain_values() -> None:
    lamp = Lamp()
    lamp.light = 3
    assert (lamp.light, TrackedValue.objects.count()) == (3, 0)
    del lamp.light
    assert lamp.light == 5
