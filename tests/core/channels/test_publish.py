from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from smallweb.core.access import Actor
from smallweb.core.channels import apublish, clear, namespaces, publish, publish_as
from smallweb.core.channels.bus.base import Bus, Tail
from smallweb.core.channels.namespaces import namespace_of
from smallweb.core.channels.publish import MAX_DATA_BYTES
from smallweb.core.exceptions import AccessDenied, BadTopic, CannotPublish, UnknownNamespace


@dataclass
class Reading:
    celsius: float
    at: str | None = None


def contents(tail: Tail) -> list[tuple[str, bytes]]:
    return [(one.channel, bytes(one.data)) for one in tail.read(timeout_s=0.5)]


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, b"null"),
        ({"a": [1, 2.5, "x", None]}, b'{"a":[1,2.5,"x",null]}'),
        (Reading(21.5), b'{"celsius":21.5,"at":null}'),
        ((1, 2), b"[1,2]"),
        ("null", b'"null"'),
    ],
)
def test_a_value_is_sent_as_json(bus: Bus, value: Any, data: bytes) -> None:
    publish("kept/a", value)
    retained = bus.recover("kept/a").retained
    assert retained is not None
    assert bytes(retained.data) == data


@pytest.mark.parametrize(
    "value",
    [math.nan, [1, math.inf], {"a": {"b": -math.inf}}, Reading(math.nan), object(), "\ud800", {(1, 2): 3}],
)
def test_what_is_no_json_is_refused_and_not_sent(bus: Bus, value: Any) -> None:
    with pytest.raises(CannotPublish, match="kept/a"):
        publish("kept/a", value)
    assert bus.recover("kept/a").position.offset == 0


def test_a_value_that_contains_itself_is_refused(bus: Bus) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CannotPublish):
        publish("kept/a", endless)


def test_a_value_may_be_as_large_as_the_limit_and_no_larger(bus: Bus) -> None:
    publish("open/a", "x" * (MAX_DATA_BYTES - 2))
    with pytest.raises(CannotPublish, match=str(MAX_DATA_BYTES)):
        publish("open/a", "x" * (MAX_DATA_BYTES - 1))


@pytest.mark.parametrize("channel", ["kept/+", "", "kept/#", "kept/\0"])
def test_a_bad_channel_is_refused(bus: Bus, channel: str) -> None:
    with pytest.raises(BadTopic):
        publish(channel, 1)


@pytest.mark.parametrize("channel", ["nowhere/a", "/kept", "Kept/a", "$layer/a"])
def test_a_channel_without_a_namespace_is_refused(bus: Bus, channel: str) -> None:
    with pytest.raises(UnknownNamespace, match="No namespace"):
        publish(channel, 1)


def test_only_code_publishes_where_no_rule_lets_clients(bus: Bus) -> None:
    assert namespace_of("kept/a/b") is namespaces.get("kept")
    with pytest.raises(AccessDenied):
        namespaces.get("kept").access_rule("publish")


def test_a_cleared_value_is_gone(bus: Bus) -> None:
    publish("kept/a", 1)
    clear("kept/a")
    assert bus.retained("kept/#") == []


async def test_a_coroutine_publishes(bus: Bus) -> None:
    await apublish("kept/a", 1)
    assert bus.recover("kept/a").position.offset == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_sends_when_it_commits(bus: Bus) -> None:
    tail = bus.tail()
    with transaction.atomic():
        publish("kept/a", 1)
        with transaction.atomic():
            publish("kept/a", 2)
        publish("kept/a", 3)
        assert tail.read(timeout_s=0) == []
    assert contents(tail) == [("kept/a", b"1"), ("kept/a", b"2"), ("kept/a", b"3")]
    tail.close()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_sends_nothing(bus: Bus) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        publish("kept/a", 1)
        raise RuntimeError
    assert bus.recover("kept/a").position.offset == 0


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_part_sends_nothing_and_the_rest_keeps_its_order(bus: Bus) -> None:
    tail = bus.tail()
    with transaction.atomic():
        publish("kept/a", 1)
        with pytest.raises(RuntimeError), transaction.atomic():
            publish("kept/a", "lost")
            publish("kept/b", "lost")
            raise RuntimeError
        publish("kept/b", 2)
        publish("kept/a", 3)
    assert contents(tail) == [("kept/a", b"1"), ("kept/b", b"2"), ("kept/a", b"3")]
    tail.close()


@pytest.mark.django_db(transaction=True)
def test_publications_that_follow_each_other_in_a_transaction_go_out_together(bus: Bus) -> None:
    with transaction.atomic():
        for number in range(20):
            publish("kept/a", number)
        assert len(transaction.get_connection().run_on_commit) == 1
    assert bus.recover("kept/a").position.offset == 20


@pytest.mark.django_db(transaction=True)
def test_a_broken_bus_does_not_fail_what_has_committed(
    bus: Bus, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic():
        publish("kept/a", 1)
        settings.SMALLWEB_CORE = {"BUS_URL": "redis://127.0.0.1:1/0"}
    assert "1 publications of a committed transaction are lost" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_person_publishes_where_the_rule_lets_them(bus: Bus) -> None:
    ann = User.objects.create(username="ann")
    first = publish_as(Actor(ann), "club/a", 1)
    assert first == bus.recover("club/a").position
    assert publish_as(Actor.anonymous(), "talk/a", 1) is not None
    for actor, channel in (
        (Actor.anonymous(), "club/a"),
        (Actor(ann), "kept/a"),
        (Actor(User(username="boss", is_superuser=True, is_active=True)), "kept/a"),
    ):
        with pytest.raises(AccessDenied):
            publish_as(actor, channel, 2)
    with pytest.raises(UnknownNamespace):
        publish_as(Actor(ann), "$layer/a", 1)
    assert bus.channels("#", limit=9) == ["club/a", "talk/a"]


@pytest.mark.django_db(transaction=True)
def test_a_person_publishes_in_a_transaction_when_it_commits(bus: Bus) -> None:
    with transaction.atomic():
        assert publish_as(Actor.anonymous(), "talk/a", 1) is None
        assert bus.recover("talk/a").position.offset == 0
    assert bus.recover("talk/a").position.offset == 1
