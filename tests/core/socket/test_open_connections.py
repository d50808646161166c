"""What is told of open connections, and what ends them at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.test import Client as Browser

from smallweb.core.asgi import application
from smallweb.core.channels.bus.base import Bus, get_bus
from smallweb.core.channels.hub import get_hub
from smallweb.core.channels.publications import Outgoing
from smallweb.core.exceptions import BusUnavailable
from smallweb.core.services.tokens import create_token
from smallweb.core.socket import open_connections
from smallweb.core.socket.notices import NOTICES, kick, session_ended, user_changed
from smallweb.core.socket.open_connections import get_board, list_connections
from smallweb.core.socket.protocol import CloseCode
from tests.core.socket.clients import ORIGIN, Client, no_pages, signed_in, socket, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create(username="ann")


def log_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@asynccontextmanager
async def page(browser: Browser) -> AsyncIterator[Client]:
    """Open the socket of a page in this browser, and wait until notices reach it."""
    cookie = f"sessionid={browser.cookies['sessionid'].value}".encode()
    headers = [*ORIGIN, (b"cookie", cookie)]
    communicator = WebsocketCommunicator(application(no_pages), "/ws/", headers=headers)
    assert (await communicator.connect(timeout=60))[0]
    await following()
    yield Client(communicator)
    await communicator.disconnect(timeout=60)


async def following() -> None:
    task = get_board()._following
    assert task is not None
    await asyncio.shield(task)


async def test_a_logout_closes_the_sockets_of_this_browser_only(bus: Bus, ann: User) -> None:
    here, there = await sync_to_async(log_in)(ann), await sync_to_async(log_in)(ann)
    async with page(here) as first, page(there) as second, socket() as visitor:
        await first.call("rpc.subscribe", ["members/a"])
        await sync_to_async(here.logout)()
        assert await first.closed_with() == CloseCode.SESSION_ENDED
        assert await second.call("rpc.ping") == "pong"
        assert await visitor.call("rpc.ping") == "pong"


async def test_code_that_flushes_a_session_can_say_so(bus: Bus, ann: User) -> None:
    browser = await sync_to_async(log_in)(ann)
    async with page(browser) as client:
        key = browser.cookies["sessionid"].value
        await sync_to_async(session_ended)(key)
        assert await client.closed_with() == CloseCode.SESSION_ENDED
    assert SESSION_KEY in await sync_to_async(lambda: dict(browser.session))()


async def test_a_user_who_is_disabled_or_deleted_loses_all_sockets_at_once(bus: Bus, ann: User) -> None:
    bob = await User.objects.acreate(username="bob")
    async with signed_in(ann) as first, signed_in(ann) as second, signed_in(bob) as other:
        await following()
        await ann.asave()
        await sync_to_async(user_changed)(ann.pk)
        assert await first.call("rpc.ping") == "pong"
        ann.is_active = False
        await ann.asave()
        assert await first.closed_with() == CloseCode.SESSION_ENDED
        assert await second.closed_with() == CloseCode.SESSION_ENDED
        assert await other.call("rpc.ping") == "pong"
        await bob.adelete()
        assert await other.closed_with() == CloseCode.SESSION_ENDED


async def test_a_revoked_token_closes_its_sockets_at_once(bus: Bus, ann: User) -> None:
    token, text = await sync_to_async(create_token)(ann, name="test")
    async with socket() as client, signed_in(ann) as other:
        await client.call("rpc.auth", [text])
        await following()
        await sync_to_async(token.revoke)()
        assert await client.closed_with() == CloseCode.SESSION_ENDED
        assert await other.call("rpc.ping") == "pong"


async def test_connections_are_listed_and_can_be_kicked(bus: Bus, ann: User) -> None:
    async with socket() as visitor, signed_in(ann) as client:
        await following()
        await visitor.call("rpc.subscribe", ["open/#"])
        first, second = await asyncio.to_thread(list_connections, 1.0)
        assert (first["user"], first["known_by"], first["subscriptions"]) == (None, "nothing", ["open/#"])
        assert (second["user"], second["user_id"], second["known_by"]) == ("ann", ann.pk, "user")
        assert (first["kind"], first["requests"], first["waiting"], first["missed"]) == ("websocket", 1, 0, 0)
        assert first["opened_at"] <= second["opened_at"]
        await asyncio.to_thread(kick, "nobody")
        await asyncio.to_thread(kick, first["id"])
        assert await visitor.closed_with() == CloseCode.KICKED
        assert await client.call("rpc.ping") == "pong"
        assert [one["id"] for one in await asyncio.to_thread(list_connections, 1.0)] == [second["id"]]
    assert await asyncio.to_thread(list_connections, 0.1) == []


async def test_notices_are_followed_only_while_something_is_open(bus: Bus) -> None:
    async with socket(), socket():
        await following()
        assert get_hub()._count == 1
    await until(lambda: get_hub()._count == 0)
    async with socket():
        pass
    await until(lambda: get_hub()._count == 0)


async def test_lost_notices_make_everyone_be_looked_at(bus: Bus, ann: User) -> None:
    async with signed_in(ann) as client:
        await following()
        await User.objects.filter(pk=ann.pk).aupdate(is_active=False)
        get_board().missed()
        assert await client.closed_with() == CloseCode.SESSION_ENDED


async def test_a_notice_that_makes_no_sense_harms_nothing(bus: Bus, caplog: Any) -> None:
    async with socket() as client:
        await following()
        await asyncio.to_thread(get_bus().publish, [Outgoing(NOTICES, b'{"about":"weather"}')])
        await until(lambda: "could not be delivered" in caplog.text)
        assert await client.call("rpc.ping") == "pong"


async def test_a_bus_that_is_down_is_tried_again(
    settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any, bus: Bus
) -> None:
    monkeypatch.setattr(open_connections, "RETRY_S", 0.05)
    good = settings.SMALLWEB_CORE
    settings.SMALLWEB_CORE = {**good, "BUS_URL": "nothing://"}
    with pytest.raises(BusUnavailable):
        kick("nobody")
    user_changed(1)
    assert "could not be told" in caplog.text
    async with socket() as client:
        await until(lambda: "Notices are not heard" in caplog.text)
        settings.SMALLWEB_CORE = good
        await following()
        assert await client.call("rpc.ping") == "pong"
