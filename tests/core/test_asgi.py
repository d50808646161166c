"""What the suite's ASGI application does with each kind of visitor."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client as Browser

from smallweb.core.asgi import application
from smallweb.core.channels import Namespace, namespaces
from smallweb.core.socket.protocol import CloseCode
from tests.core.socket.clients import ORIGIN, no_pages, socket

pytestmark = pytest.mark.django_db(transaction=True)


def communicator(
    path: str = "/ws/", headers: list[tuple[bytes, bytes]] | None = None
) -> WebsocketCommunicator:
    return WebsocketCommunicator(application(no_pages), path, headers=headers or ORIGIN)


async def test_pages_go_to_django() -> None:
    seen = []

    async def pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    serve = application(pages)
    for kind in ("http", "lifespan"):
        await serve({"type": kind}, None, None)
    assert seen == ["http", "lifespan"]


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"https://testserver", b""])
async def test_a_foreign_page_is_refused_at_the_handshake(origin: bytes) -> None:
    connection = communicator(headers=[(b"host", b"testserver"), (b"origin", origin)])
    await connection.send_input({"type": "websocket.connect"})
    assert await connection.receive_output(timeout=60) == {"type": "websocket.close"}


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/more", "/other/"])
async def test_an_unknown_path_is_closed_with_its_code(path: str) -> None:
    connection = communicator(path)
    assert await connection.connect(timeout=60) == (True, None)
    assert await connection.receive_output(timeout=60) == {
        "type": "websocket.close",
        "code": CloseCode.NO_SUCH_PATH,
    }


async def test_a_socket_that_ends_before_it_connects_is_let_go() -> None:
    connection = communicator()
    await connection.send_input({"type": "websocket.disconnect", "code": 1006})
    await connection.wait(timeout=60)


async def test_the_sessions_user_sits_at_the_socket_until_they_log_out() -> None:
    user = await User.objects.acreate(username="ann")
    browser = Browser()
    await browser.aforce_login(user)
    cookie = (
        f"{django_settings.SESSION_COOKIE_NAME}={browser.cookies[django_settings.SESSION_COOKIE_NAME].value}"
    )
    async with socket(headers=[*ORIGIN, (b"cookie", cookie.encode())]) as client:
        assert (await client.ask("rpc.subscribe", ["nowhere/a"]))["error"]["code"] == -32001
        await browser.alogout()
        with namespaces.temporarily(Namespace(name="members", subscribe="login")):
            call = {"jsonrpc": "2.0", "method": "rpc.subscribe", "params": ["members/a"], "id": 9}
            await client.send(call)
            assert await client.closed_with() == CloseCode.SESSION_ENDED


async def test_one_address_has_only_so_many_sockets(settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_PER_CLIENT": 2}
    far = {"client": ["203.0.113.7", 5]}
    async with socket(scope=far), socket(scope=far) as second:
        assert await second.call("rpc.ping") == "pong"
        async with socket(scope=far) as third:
            assert await third.closed_with() == CloseCode.TOO_MANY
        async with socket(scope={"client": ["203.0.113.8", 5]}) as other:
            assert await other.call("rpc.ping") == "pong"
    async with socket(scope=far) as again:
        assert await again.call("rpc.ping") == "pong"


@pytest.mark.parametrize("address", [["127.0.0.1", 5], ["::1", 5], None, ["", 0]])
async def test_a_proxy_of_this_machine_speaks_for_everyone(settings: Any, address: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_MAX_PER_CLIENT": 1}
    async with socket(scope={"client": address}), socket(scope={"client": address}) as second:
        assert await second.call("rpc.ping") == "pong"


async def test_without_sessions_the_socket_works_for_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.asgi.apps.is_installed", lambda name: False)
    async with socket() as client:
        assert await client.call("rpc.ping") == "pong"
