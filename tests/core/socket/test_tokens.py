"""Programs on a websocket: who a token makes them, and until when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from smallweb.core.asgi import application
from smallweb.core.channels import apublish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.models import ApiToken
from smallweb.core.services.tokens import create_token
from smallweb.core.socket import connection as connection_module
from smallweb.core.socket.protocol import CloseCode, ErrorCode
from tests.core.socket.clients import Client, no_pages, signed_in, socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create(username="ann")


def with_token(text: str, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"testserver"), (b"authorization", f"Bearer {text}".encode()), *more]


@asynccontextmanager
async def refused(text: str) -> AsyncIterator[Client]:
    """Open a socket that is closed at once."""
    communicator = WebsocketCommunicator(application(no_pages), "/ws/", headers=with_token(text))
    assert (await communicator.connect(timeout=60))[0]
    yield Client(communicator)


async def test_a_token_in_the_handshake_makes_its_user(bus: Bus, ann: User) -> None:
    _, text = await create(ann)
    for more in ((), ((b"cookie", b"sessionid=nonsense"),), ((b"origin", b"http://testserver"),)):
        async with socket(headers=with_token(text, *more)) as client:
            await client.call("rpc.subscribe", ["members/a"])
            await apublish("members/a", 1)
            assert (await client.next_event())["params"]["data"] == 1
            assert await client.refused("rpc.subscribe", ["office/a"]) == ErrorCode.REFUSED


async def test_a_foreign_page_with_a_token_gets_no_socket(bus: Bus, ann: User) -> None:
    _, text = await create(ann)
    headers = with_token(text, (b"origin", b"http://evil.example"))
    communicator = WebsocketCommunicator(application(no_pages), "/ws/", headers=headers)
    assert (await communicator.connect(timeout=60))[0] is False


async def test_a_token_that_opens_no_door_closes_the_socket_with_4401(bus: Bus, ann: User) -> None:
    _, expired = await create(ann, expires_at=timezone.now() - timedelta(seconds=1))
    _, disabled = await create(await User.objects.acreate(username="gone", is_active=False))
    token, revoked = await create(ann)
    await ApiToken.objects.filter(pk=token.pk).aupdate(enabled=False)
    token, narrow = await create(ann)
    await ApiToken.objects.filter(pk=token.pk).aupdate(scopes=["other"])
    for text in (expired, disabled, revoked, narrow, "wrong", "", "x" * 300, "sw_ä"):
        async with refused(text) as client:
            assert await client.closed_with() == CloseCode.SESSION_ENDED


async def test_a_visitor_becomes_the_user_of_a_token(bus: Bus, ann: User) -> None:
    _, text = await create(ann)
    async with signed_in(AnonymousUser()) as client:  # type: ignore[arg-type]
        assert await client.refused("rpc.subscribe", ["members/a"]) == ErrorCode.REFUSED
        assert await client.refused("rpc.auth", ["wrong"]) == ErrorCode.REFUSED
        assert await client.refused("rpc.auth", [7]) == ErrorCode.INVALID_PARAMS
        assert await client.call("rpc.auth", {"token": text}) == {"user": "ann"}
        await client.call("rpc.subscribe", ["members/a"])
        assert await client.call("rpc.auth", [text]) == {"user": "ann"}


async def test_a_socket_that_has_a_user_keeps_it(bus: Bus, ann: User) -> None:
    bob = await User.objects.acreate(username="bob")
    _, others = await create(bob)
    _, own = await create(ann)
    async with signed_in(ann) as client:
        assert await client.refused("rpc.auth", [others]) == ErrorCode.REFUSED
        assert await client.call("rpc.auth", [own]) == {"user": "ann"}
        await client.call("rpc.subscribe", ["members/a"])


async def test_a_token_that_ends_ends_its_socket_by_the_regular_look(
    bus: Bus, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "SESSION_CHECK_S", 0.05)
    changes: list[dict[str, Any]] = [{"enabled": False}, {"expires_at": timezone.now()}, {"scopes": []}]
    for change in changes:
        token, text = await create(ann)
        async with signed_in(AnonymousUser()) as client:  # type: ignore[arg-type]
            await client.call("rpc.auth", [text])
            # By an update, of which nobody is told.
            await ApiToken.objects.filter(pk=token.pk).aupdate(**change)
            assert await client.closed_with() == CloseCode.SESSION_ENDED


async def test_a_users_sockets_are_counted_whichever_way_they_came(
    bus: Bus, ann: User, settings: Any
) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_PER_CLIENT": 1}
    _, text = await create(ann)
    async with socket() as visitor:
        async with signed_in(ann):
            assert await visitor.refused("rpc.auth", [text]) == ErrorCode.BUSY
            assert await visitor.refused("rpc.subscribe", ["members/a"]) == ErrorCode.REFUSED
        assert await visitor.call("rpc.auth", [text]) == {"user": "ann"}
        async with signed_in(ann) as second:
            assert await second.closed_with() == CloseCode.TOO_MANY


async def test_a_users_requests_are_counted_over_all_sockets(bus: Bus, ann: User, settings: Any) -> None:
    rate = {"SOCKET_CLIENT_MESSAGES_PER_S": 0.001, "SOCKET_CLIENT_BURST": 5}
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, **rate}
    async with signed_in(ann) as first, signed_in(ann) as second, socket() as visitor:
        for client in (first, second, first, second, first):
            await client.call("rpc.ping")
        assert await second.refused("rpc.ping") == ErrorCode.BUSY
        assert await first.refused("rpc.ping") == ErrorCode.BUSY
        assert await visitor.call("rpc.ping") == "pong"


async def create(user: User, **options: Any) -> tuple[ApiToken, str]:
    return await sync_to_async(create_token)(user, name="test", **options)
