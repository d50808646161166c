"""Personal channels: a wildcard never widens a right."""

from __future__ import annotations

import msgspec
import pytest
from django.contrib.auth.models import User

from smallweb.core.channels import apublish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.hub import event_frame, get_hub
from smallweb.core.channels.publications import Publication
from smallweb.core.models import ChannelNamespace
from smallweb.core.socket.protocol import ErrorCode
from tests.core.buses import edited
from tests.core.socket.clients import signed_in, socket

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_user_hears_their_own_channels_through_every_filter(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    own, other = f"user/{ann.pk}/news", f"user/{ann.pk + 1}/news"
    for filter_ in (own, f"user/{ann.pk}/#", "user/#", "user/+/news", "user/+/+"):
        async with signed_in(ann) as client:
            await client.call("rpc.subscribe", [filter_])
            await apublish(other, "not for ann")
            await apublish(own, filter_)
            event = await client.next_event()
            assert (event["params"]["channel"], event["params"]["data"]) == (own, filter_)
            assert await client.is_silent()
            assert await client.call("rpc.unsubscribe", [filter_]) is True
            await apublish(own, "too late")
            assert await client.is_silent()


async def test_the_answer_tells_of_their_own_channels_only(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    own = f"user/{ann.pk}/news"
    for pk in (ann.pk, ann.pk + 1):
        await apublish(f"user/{pk}/news", 1)
    async with signed_in(ann) as client:
        for filter_ in ("user/#", "user/+/news"):
            answer = await client.call("rpc.subscribe", [filter_])
            assert answer["channel"] == filter_
            assert list(answer["channels"]) == [own]
        epoch = bus.recover(own).position.epoch
        missed = await client.call("rpc.subscribe", ["user/#", {own: {"epoch": epoch, "offset": 0}}])
        assert [one["data"] for one in missed["channels"][own]["publications"]] == [1]


@pytest.mark.parametrize("filter_", ["user/{other}/news", "user/{other}/#", "user/{other}/+", "user"])
async def test_what_is_another_users_own_is_refused_also_to_superusers(bus: Bus, filter_: str) -> None:
    ann = await User.objects.acreate(username="ann")
    boss = await User.objects.acreate(username="boss", is_staff=True, is_superuser=True)
    for user in (ann, boss):
        async with signed_in(user) as client:
            name = filter_.format(other=user.pk + 100)
            assert await client.refused("rpc.subscribe", [name]) == ErrorCode.REFUSED


@pytest.mark.parametrize("filter_", ["user/#", "user/+/news", "user/1/news", "user/None/news"])
async def test_a_visitor_has_no_personal_channels(bus: Bus, filter_: str) -> None:
    async with socket() as client:
        assert await client.refused("rpc.subscribe", [filter_]) == ErrorCode.REFUSED
        with edited("user", subscribe="public"):
            assert await client.refused("rpc.subscribe", [filter_]) == ErrorCode.REFUSED


async def test_each_delivery_is_checked_against_the_channel(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    async with signed_in(ann) as client:
        await client.call("rpc.subscribe", ["user/#"])
        (subscription,) = get_hub()._trie.matching(f"user/{ann.pk}/a")
        stray = Publication(f"user/{ann.pk + 1}/a", msgspec.Raw(b"1"), 1, "e", 0.0)
        assert subscription.deliver(stray, event_frame(stray)) is False
        assert await client.is_silent()


async def test_an_operator_takes_a_right_away_and_the_page_is_told(bus: Bus) -> None:
    ann = await User.objects.acreate(username="ann")
    async with signed_in(ann) as member, socket() as visitor:
        await member.call("rpc.subscribe", ["open/a"])
        await visitor.call("rpc.subscribe", ["open/a"])
        await ChannelNamespace.objects.acreate(name="open", subscribe="login")
        event = await visitor.next_event()
        assert (event["method"], event["params"]) == ("rpc.unsubscribed", {"channel": "open/a"})
        assert await visitor.refused("rpc.subscribe", ["open/a"]) == ErrorCode.REFUSED
        await apublish("open/a", 1)
        assert (await member.next_event())["params"]["data"] == 1
        assert await visitor.is_silent()
