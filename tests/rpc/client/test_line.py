"""A line that breaks, falls silent, or is not wanted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from smallweb.rpc.client import CallTimedOut, ConnectionLost, ConnectionRefused, connect
from tests.rpc.client.lines import offline
from tests.rpc.client.relay import Relay, relayed
from tests.rpc.client.site import Site, served
from tests.waiting import wait_for

pytestmark = pytest.mark.once


async def test_pending_calls_are_rejected_and_later_ones_wait_for_the_line(relay: Relay) -> None:
    async with connect(relay.url) as rpc, rpc.subscribe("open/started") as started:
        call = asyncio.create_task(rpc.call("sample.wait", "x"))
        await anext(started)
        relay.cut()
        with pytest.raises(ConnectionLost, match="The line broke"):
            await call
        assert await rpc.call("sample.test_sum", 4, 5) == 9
        assert relay.accepted == 2


async def test_without_reconnect_a_broken_line_is_the_end(relay: Relay) -> None:
    async with connect(relay.url, reconnect=False) as rpc:
        call = asyncio.create_task(rpc.call("sample.wait", "x"))
        await rpc.call("rpc.ping")
        relay.cut()
        with pytest.raises(ConnectionLost, match="The line broke"):
            await call
        with pytest.raises(ConnectionLost, match="The line broke"):
            await rpc.call("rpc.ping")


async def test_it_connects_again_when_the_server_is_back(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        rpc = connect(site.url)
        await rpc.open()
    await offline(rpc)
    with served(tmp_path, port=site.port):
        assert await rpc.call("sample.test_sum", 4, 5, timeout_s=60) == 9
    await rpc.close()


async def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    with served(tmp_path, ping_interval_s=0.5) as site, relayed(site.port) as relay:
        async with connect(relay.url) as rpc:
            relay.is_silent = True
            with pytest.raises(ConnectionLost, match="The line broke"):
                await rpc.call("rpc.ping")
            relay.is_silent = False
            assert await rpc.call("rpc.ping", timeout_s=60) == "pong"


async def test_nobody_there_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectionLost, match="cannot be reached"):
        async with connect(f"http://127.0.0.1:{port}/"):
            pass


async def test_a_wrong_path_is_final(site: Site) -> None:
    async with connect(site.socket_url.replace("/ws/", "/other/")) as rpc:
        with pytest.raises(ConnectionRefused, match="no socket"):
            await rpc.call("rpc.ping")
        with pytest.raises(ConnectionRefused, match="no socket"):
            await rpc.call("rpc.ping")


async def test_an_answer_that_is_no_handshake(site: Site) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d No\r\ncontent-length: 0\r\n\r\n" % status)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        status = 401
        with pytest.raises(ConnectionRefused, match="answers 401"):
            await connect(f"http://127.0.0.1:{port}/", token="wrong").open()
        status = 503
        with pytest.raises(ConnectionLost, match="answers 503"):
            await connect(f"http://127.0.0.1:{port}/").open()


@asynccontextmanager
async def another_server(behave: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    """Serve as some other program might; yields its address."""
    async with serve(behave, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_server_that_speaks_no_json_is_left(caplog: pytest.LogCaptureFixture) -> None:
    async def babble(line: ServerConnection) -> None:
        await line.send("<html>")
        await line.wait_closed()

    async with another_server(babble) as url, connect(url, reconnect=False) as rpc:
        with pytest.raises(ConnectionLost, match="1006"):
            await rpc.call("rpc.ping")
        assert "could not be taken" in caplog.text


async def test_the_end_of_the_session_is_final() -> None:
    async def log_out(line: ServerConnection) -> None:
        await line.close(4401, "log in again")

    async with another_server(log_out) as url, connect(url) as rpc:
        with pytest.raises(ConnectionRefused, match=r"the session has ended .*log in again"):
            await rpc.call("rpc.ping")


async def test_who_is_too_many_comes_back_later() -> None:
    async def refuse(line: ServerConnection) -> None:
        await line.close(4429)

    async with another_server(refuse) as url, connect(url) as rpc:
        await offline(rpc)
        with pytest.raises(CallTimedOut):
            await rpc.call("rpc.ping", timeout_s=1)  # the delay is 4 s at least


async def test_it_tries_until_it_gets_through_or_is_refused(relay: Relay) -> None:
    async with connect(relay.url) as rpc:
        relay.is_closed = True
        relay.cut()
        await asyncio.to_thread(wait_for, lambda: relay.accepted >= 3, limit_s=60)
        relay.is_closed = False
        assert await rpc.call("rpc.ping", timeout_s=60) == "pong"


async def test_a_refusal_on_the_way_back_ends_subscriptions_too() -> None:
    hellos = 0

    async def once(line: ServerConnection) -> None:
        await line.close(1012)

    def check(line: ServerConnection, request: Request) -> Response | None:
        nonlocal hellos
        hellos += 1
        return None if hellos == 1 else line.respond(HTTPStatus.FORBIDDEN, "no")

    async with serve(once, "127.0.0.1", 0, process_request=check) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/", token="t") as rpc:
            heard = rpc.subscribe("kept/a")
            with pytest.raises(ConnectionRefused, match="answers 403"):
                await anext(heard)
