"""The socket on a real server, with a real client and a real browser."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from smallweb.core.channels import publish
from smallweb.core.channels.bus import sqlite
from smallweb.core.channels.bus.base import Bus
from tests.core.buses import publish_each, python_elsewhere
from tests.core.socket.served import served
from tests.services import require_service
from tests.waiting import wait_for

pytestmark = pytest.mark.once


@asynccontextmanager
async def client(port: int, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws://127.0.0.1:{port}/ws/", origin=Origin(f"http://127.0.0.1:{port}"), **options
    ) as line:
        assert json.loads(await line.recv())["method"] == "rpc.ping"
        yield line


async def call(line: ClientConnection, method: str, *params: Any) -> Any:
    await line.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 0}))
    answer = json.loads(await asyncio.wait_for(line.recv(), 60))
    assert answer["id"] == 0
    return answer["result"]


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_what_another_process_publishes_reaches_a_client(bus: Bus, settings: Any, server: str) -> None:
    with served(settings.SMALLWEB_CORE, server=server) as (port, _):
        async with client(port) as line:
            await call(line, "rpc.subscribe", "kept/#")
            other = python_elsewhere("for n in range(200): publish('kept/a', n)", settings.SMALLWEB_CORE)
            events = [json.loads(await asyncio.wait_for(line.recv(), 60)) for _ in range(200)]
            assert await asyncio.to_thread(other.wait, 60) == 0
        assert [event["params"]["data"] for event in events] == list(range(200))
        assert [event["params"]["offset"] for event in events] == list(range(1, 201))


async def test_foreign_pages_get_a_403_and_programs_come_in(bus: Bus, settings: Any) -> None:
    with served(settings.SMALLWEB_CORE) as (port, _):
        url = f"ws://127.0.0.1:{port}/ws/"
        for origin in ("http://evil.example", f"https://127.0.0.1:{port}", "http://127.0.0.1:9", "null"):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(url, origin=Origin(origin)):
                    pass
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(url, additional_headers={"Cookie": "sessionid=x"}):
                pass
        async with connect(url) as line:
            await line.recv()
            assert await call(line, "rpc.ping") == "pong"
        async with connect(url.replace("/ws/", "/other/")) as line:
            with pytest.raises(ConnectionClosed) as closed:
                await line.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4404


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_a_client_that_does_not_read_costs_little_and_is_told_what_it_missed(
    bus: Bus, settings: Any, server: str
) -> None:
    with served(settings.SMALLWEB_CORE, server=server) as (port, process):
        async with client(port, max_queue=1, compression=None) as slow, client(port) as quick:
            await call(slow, "rpc.subscribe", "open/#")
            await call(quick, "rpc.ping")
            size = psutil.Process(process.pid).memory_info().rss
            text = "x" * 200_000
            await asyncio.to_thread(publish_each, "open/a", [text] * 200)
            publish("open/b", "end")
            assert await call(quick, "rpc.ping") == "pong"
            assert psutil.Process(process.pid).memory_info().rss - size < 24 * 2**20
            told: set[tuple[str, int]] = set()
            while len(told) < 201:
                message = json.loads(await asyncio.wait_for(slow.recv(), 60))
                params = message["params"]
                if message["method"] == "rpc.lagged":
                    told |= {(params["channel"], n) for n in range(params["from"], params["to"] + 1)}
                elif message["method"] == "rpc.event":
                    told.add((params["channel"], params["offset"]))
            assert told == {("open/a", n) for n in range(1, 201)} | {("open/b", 1)}


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=require_service("chromium"), args=["--no-sandbox"]
        )
        yield chromium.new_page()
        chromium.close()


@contextmanager
def opened(page: Page, port: int) -> Iterator[list[str]]:
    """Load the page and its module; yields the complaints of the browser."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{port}/")
    page.evaluate(
        """async () => {
            const { connect } = await import("/static/socket.js");
            window.socket = connect();
            window.heard = [];
            window.gaps = [];
            window.states = [];
            for (const name of ["online", "offline"]) socket.addEventListener(name, () => states.push(name));
            window.stop = await socket.subscribe("kept/#", (data, { channel, offset }) => {
                heard.push([channel, offset, data]);
            }, { onGap: ({ channel }) => gaps.push(channel) });
        }"""
    )
    yield complaints


def heard(page: Page) -> list[Any]:
    return page.evaluate("heard")  # type: ignore[no-any-return]


def test_a_page_hears_calls_and_stops(bus: Bus, settings: Any, page: Page) -> None:
    publish("kept/a", "before")
    with served(settings.SMALLWEB_CORE) as (port, _), opened(page, port) as complaints:
        publish("kept/a", {"n": 1})
        publish("kept/b/c", "<b>")
        wait_for(lambda: len(heard(page)) == 3, limit_s=60)
        assert heard(page) == [["kept/a", 1, "before"], ["kept/a", 2, {"n": 1}], ["kept/b/c", 1, "<b>"]]
        assert page.evaluate("socket.status") == "online"
        assert page.evaluate("socket.call('rpc.ping')") == "pong"
        assert page.evaluate("socket.call('nowhere').catch(({ name, code }) => [name, code])") == [
            "RpcError",
            -32601,
        ]
        refused = "socket.subscribe('office/a', () => {}).catch(({ code }) => code)"
        assert page.evaluate(refused) == -32003
        late = "new Promise((done) => socket.subscribe('kept/#', (data) => done(data)))"
        assert page.evaluate(late) == {"n": 1}
        assert page.evaluate("(async () => (await import('/static/socket.js')).connect() === socket)()")
        page.evaluate("socket.unsubscribe('kept/#')")
        publish("kept/a", "unheard")
        assert page.evaluate("socket.call('rpc.ping')") == "pong"
        assert len(heard(page)) == 3
        assert complaints == []


def test_a_page_recovers_what_it_missed_while_the_server_was_gone(
    bus: Bus, settings: Any, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = settings.SMALLWEB_CORE
    with served(core) as (port, _), opened(page, port):
        publish("kept/a", 1)
        wait_for(lambda: len(heard(page)) == 1, limit_s=60)
    wait_for(lambda: page.evaluate("socket.status") == "offline", limit_s=60)
    for number in range(2, 30):
        publish("kept/a", number)
    publish("kept/new", "born meanwhile")
    for number in range(150):
        publish("kept/long", number)
    monkeypatch.setattr(sqlite, "TRANSIT_S", -1.0)
    bus.prune()
    with served(core, port=port):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        wait_for(lambda: len(heard(page)) >= 31, limit_s=60)
        assert [data for channel, _, data in heard(page) if channel == "kept/a"] == list(range(1, 30))
        # More than the history holds of a channel it had not heard of: told, and the newest value given.
        assert page.evaluate("gaps") == ["kept/long"]
        assert [found for found in heard(page) if found[0] != "kept/a"] == [
            ["kept/long", 150, 149],
            ["kept/new", 1, "born meanwhile"],
        ]
        assert page.evaluate("states") == ["online", "offline", "online"]


def test_the_delay_before_a_new_attempt_doubles_to_its_cap_and_is_jittered(
    bus: Bus, settings: Any, page: Page
) -> None:
    with served(settings.SMALLWEB_CORE) as (port, _), opened(page, port):
        delays = page.evaluate(
            """async () => {
                const { reconnectDelay } = await import("/static/socket.js");
                return [0, 1, 2, 7, 50].map((n) => [reconnectDelay(n, () => 0), reconnectDelay(n, () => 1)]);
            }"""
        )
    assert delays == [[125, 250], [250, 500], [500, 1000], [15000, 30000], [15000, 30000]]


def test_a_silent_line_is_given_up_and_what_it_owed_fails(bus: Bus, settings: Any, page: Page) -> None:
    with served(settings.SMALLWEB_CORE) as (port, process), opened(page, port):
        page.clock.install()
        process.send_signal(signal.SIGSTOP)  # The line stays, and nothing comes any more.
        page.evaluate(
            "window.fate = socket.call('rpc.ping', [], { timeout: 1e9 }).catch(({ name }) => name); 0"
        )
        page.evaluate("socket.addEventListener('offline', () => { window.gone = true; })")
        page.clock.fast_forward(80_000)
        wait_for(lambda: page.evaluate("window.gone === true"), limit_s=60)
        assert page.evaluate("fate") == "ConnectionLost"
        process.send_signal(signal.SIGCONT)
