"""What socket.js does where websockets are blocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from smallweb.core.channels import namespaces, publish
from tests.core.buses import NAMESPACES, publish_each, python_elsewhere
from tests.rpc.browser.served import served
from tests.waiting import wait_for

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def address(core: dict[str, Any]) -> Iterator[str]:
    with served(core, blocked=True) as (port, _):
        yield f"http://127.0.0.1:{port}"


def opened(page: Page, port_address: str) -> None:
    page.goto(f"{port_address}/empty.html")
    page.evaluate(
        """async () => {
            const { connect } = await import("/static/smallweb_core/socket.js");
            window.socket = connect();
            window.heard = [];
            window.gaps = [];
            const onGap = ({ channel }) => gaps.push(channel);
            const handler = (data, { channel }) => heard.push([channel, data]);
            window.hear = (filter) => socket.subscribe(filter, handler, { onGap });
            await socket.call("rpc.ping");
        }"""
    )
    assert page.evaluate("socket.status") == "online"


def test_calls_and_assignments_go_on(new_page: Page, address: str, said: list[str]) -> None:
    new_page.goto(f"{address}/quickstart.html")
    expected = {"log: a= 2", "log: test_sum returned 9", "log: received value for a= 2"}
    wait_for(lambda: new_page.evaluate("true") and expected <= set(said), limit_s=60)
    code = """async () => {
        for (let n = 0; n < 10; n++) rpc.sample.a = n;
        const items = [];
        for await (const item of rpc.sample.count.stream(4)) items.push(item);
        const refused = await rpc.sample.test_sum("x").catch(({ code }) => code);
        return [await rpc.sample.a, items, refused];
    }"""
    assert new_page.evaluate(code) == [9, [0, 1, 2, 3], -32602]


def test_a_call_is_cancelled(new_page: Page, address: str) -> None:
    new_page.goto(f"{address}/rpc.html")
    code = """async () => {
        const stop = new AbortController();
        const onProgress = () => stop.abort("enough");
        return rpc.sample.slow.with({ signal: stop.signal, onProgress }).catch((reason) => reason);
    }"""
    assert new_page.evaluate(code) == "enough"
    wait_for(lambda: "slow" in new_page.evaluate("rpc.sample.log()"), limit_s=60)


def test_no_publication_is_lost_while_subscriptions_come_and_go(
    new_page: Page, address: str, core: dict[str, Any]
) -> None:
    opened(new_page, address)
    new_page.evaluate("hear('kept/a')")
    other = python_elsewhere(
        "import time\nfor n in range(80): publish('kept/a', n); publish('kept/b', n); time.sleep(0.01)",
        core,
    )
    for number in range(6):
        new_page.evaluate(f"hear('kept/other{number}')")
        if number == 2:
            new_page.evaluate("hear('kept/b')")
    assert other.wait(60) == 0
    wait_for(lambda: ["kept/a", 79] in new_page.evaluate("heard"), limit_s=60)
    wait_for(lambda: ["kept/b", 79] in new_page.evaluate("heard"), limit_s=60)
    heard = new_page.evaluate("heard")
    assert [data for channel, data in heard if channel == "kept/a"] == list(range(80))
    later = [data for channel, data in heard if channel == "kept/b"]
    assert later == list(range(later[0], 80))
    assert new_page.evaluate("gaps") == []


def test_a_refused_subscription_is_told_and_the_others_go_on(
    new_page: Page, address: str, settings: Any, core: dict[str, Any]
) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, **core}
    opened(new_page, address)
    new_page.evaluate("hear('open/a')")
    assert new_page.evaluate("hear('office/a').catch(({ code }) => code)") == -32003
    new_page.evaluate("hear('open/b').then((stop) => stop())")
    with namespaces.temporarily(*NAMESPACES):
        publish("open/a", "news")
    wait_for(lambda: new_page.evaluate("heard") == [["open/a", "news"]], limit_s=60)


def test_what_was_missed_while_the_server_was_gone_is_recovered(
    new_page: Page, settings: Any, new_core: Callable[[], dict[str, Any]]
) -> None:
    core = new_core()
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, **core}
    with namespaces.temporarily(*NAMESPACES):
        with served(core, blocked=True) as (port, _):
            opened(new_page, f"http://127.0.0.1:{port}")
            new_page.evaluate("hear('kept/#')")
            publish("kept/a", 0)
            wait_for(lambda: len(new_page.evaluate("heard")) == 1, limit_s=60)
        wait_for(lambda: new_page.evaluate("socket.status") == "offline", limit_s=60)
        publish_each("kept/a", range(1, 30))
        with served(core, port=port, blocked=True):
            hurry = "window.dispatchEvent(new Event('online')); heard.length"
            wait_for(lambda: new_page.evaluate(hurry) == 30, limit_s=60)
    assert new_page.evaluate("heard") == [["kept/a", n] for n in range(30)]
    assert new_page.evaluate("gaps") == []


def test_a_page_may_ask_for_it(new_page: Page, address: str, said: list[str]) -> None:
    new_page.goto(f"{address}/empty.html")
    code = """async () => {
        const { connect } = await import("/static/smallweb_core/socket.js");
        return connect({ transport: "sse" }).call("rpc.ping");
    }"""
    assert new_page.evaluate(code) == "pong"
    assert not [line for line in said if "WebSocket" in line]


def test_without_the_right_token_calls_are_refused(new_page: Page, address: str) -> None:
    new_page.goto(f"{address}/empty.html")
    code = """async () => {
        document.head.innerHTML = `<meta name="csrf-token" content="of another page">`;
        const { connect } = await import("/static/smallweb_core/socket.js");
        const refused = connect({ transport: "sse" }).call("rpc.ping");
        return refused.catch(({ name, code, message }) => [name, code, message]);
    }"""
    assert new_page.evaluate(code) == ["RpcError", -32003, "The server answered HTTP 403."]
