"""rpc.js in a real browser, on a real server."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.rpc.browser.served import served
from tests.source import ROOT
from tests.waiting import wait_for

pytestmark = pytest.mark.once

LIMIT_BYTES = 6 * 1024
PARTS = (
    "core/static/smallweb_core/socket.js",
    "core/static/smallweb_core/subscription.js",
    "rpc/static/smallweb_rpc/rpc.js",
)


def test_it_is_small() -> None:
    assert sum(len(gzip.compress((ROOT / "apps" / part).read_bytes())) for part in PARTS) < LIMIT_BYTES


def test_the_javascript_quickstart_runs(new_page: Page, address: str, said: list[str]) -> None:
    new_page.goto(f"{address}/quickstart.html")
    assert _quickstart() in (ROOT / "tests/rpc/browser/pages/quickstart.js").read_text()
    expected = {
        "log: channelNames= [a, b, c, d]",
        "log: received value for a= 2",
        "log: test_sum returned 9",
        "log: a= 2",
    }
    wait_for(lambda: new_page.evaluate("true") and expected <= set(said), limit_s=60)
    assert new_page.evaluate("(async () => { delete sample.a; return sample.a; })()") == 1
    assert not [line for line in said if line.startswith("uncaught")]


def _quickstart() -> str:
    """The lines of wispyobserver's own text."""
    return "sample.test_sum(4, 5).then(v=>console.log("


def test_values_are_got_and_set_in_order(page: Page) -> None:
    code = """async () => {
        const { sample } = rpc;
        sample.a = 2;
        const first = await sample.a;
        sample.a = 3;
        sample.a = 4;
        return [first, await sample.a, await rpc.set("sample.a", 5), await rpc.get("sample.a")];
    }"""
    assert page.evaluate(code) == [2, 4, True, 5]


def test_methods_are_called_by_position_and_by_name(page: Page) -> None:
    code = """async () => [
        await rpc.sample.test_sum(4, 5),
        await rpc.sample.test_sum.with({ kwargs: { b: 2 } }, 1),
        await rpc.call("sample.test_sum", [1], { kwargs: { b: 6 }, startWithin: 5000 }),
        await rpc.call("sample.test_sum", { a: 3, b: 3 }),
        await rpc.add(1, 1),
        await rpc.sample.inner.hello(),
        await rpc.call("rpc.ping"),
    ]"""
    assert page.evaluate(code) == [9, 3, 7, 6, 2, "hello", "pong"]


def test_names_are_closed_once_described(page: Page) -> None:
    code = """() => {
        const { sample } = rpc;
        return [rpc.other, sample.other, sample.a.other, sample.test_sum.other, sample.inner.other,
            "a" in sample, "other" in sample, "sample" in rpc, "other" in rpc];
    }"""
    assert page.evaluate(code) == [None] * 5 + [True, False, True, False]


def test_before_it_is_described_names_are_open_and_calls_wait(new_page: Page, address: str) -> None:
    new_page.goto(f"{address}/empty.html")
    code = """async () => {
        const script = document.createElement("script");
        script.src = "/static/smallweb_rpc/rpc.js";
        document.head.append(script);
        await new Promise((resolve) => { script.onload = resolve; });
        const found = [rpc.sample, rpc.sample.a.then, rpc.nothing, rpc.then];
        const kinds = [...found.map((one) => typeof one), rpc.status];
        const { sample } = rpc;
        sample.a = 7;
        const unknown = sample.nothing(1).catch(({ code }) => code);
        const early = [sample.a, sample.inner, sample.nothing, sample.test_sum(1, 1), unknown];
        const [a, inner, nothing, sum, refused] = await Promise.all(early);
        return { kinds, values: [a, inner === sample.inner, nothing, sum, refused], status: rpc.status };
    }"""
    assert new_page.evaluate(code) == {
        "kinds": ["function", "function", "function", "undefined", "offline"],
        "values": [7, True, None, 2, -32601],
        "status": "online",
    }


@pytest.mark.parametrize("is_early", [True, False])
def test_nothing_that_javascript_asks_of_itself_goes_over_the_wire(
    new_page: Page, address: str, is_early: bool
) -> None:
    sent: list[str] = []
    new_page.on("websocket", lambda line: line.on("framesent", lambda text: sent.append(str(text))))
    new_page.goto(f"{address}/rpc.html")
    if not is_early:
        new_page.evaluate("rpc.ready.then(() => {})")
    code = """async () => {
        "use strict";
        const { sample } = rpc;
        const same = (await sample) === sample && (await rpc) === rpc;
        const texts = [`${sample} ${sample.test_sum}`, JSON.stringify({ sample, rpc })];
        texts.push(String(sample.a), sample + "");
        const { iterator, toPrimitive } = Symbol;
        const names = ["toJSON", "constructor", "prototype", "__proto__", "inspect", iterator, toPrimitive];
        for (const node of [rpc, sample, sample.test_sum]) {
            texts.push(...names.filter((name) => node[name] !== undefined));
        }
        const refused = names.filter((name) => {
            try { sample[name] = 1; } catch (error) { return error instanceof TypeError; }
        });
        Promise.resolve(sample);
        console.log(sample, [sample], { sample });
        await rpc.ready;
        return [same, texts, refused.length === names.length];
    }"""
    expected = ["rpc.sample rpc.sample.test_sum", '{"rpc":', "rpc.sample.a", "rpc.sample"]
    same, texts, refused = new_page.evaluate(code)
    assert same
    assert refused
    assert [text[: len(start)] for text, start in zip(texts, expected, strict=True)] == expected
    assert [re.findall(r'"method":"([^"]+)"', text) for text in sent] == [["rpc.describe"]]


def test_an_assignment_that_fails_is_told(page: Page, said: list[str]) -> None:
    code = """async () => {
        const told = [];
        rpc.addEventListener("error", ({ error, message }) => told.push(["event", error.code, message]));
        rpc.onerror = (error, path) => told.push([error.name, error.code, path]);
        rpc.sample.nothing = 1;
        delete rpc.sample.nothing;
        await rpc.get("sample.a");
        rpc.onerror = null;
        rpc.sample.nothing = 1;
        await rpc.get("sample.a");
        return told;
    }"""
    event, hook = ["event", -32001, "sample.nothing"], ["RpcError", -32001, "sample.nothing"]
    assert page.evaluate(code) == [event, hook, event, hook, event]
    assert [line for line in said if "sample.nothing" in line] == [
        "uncaught: There is no 'sample.nothing' to set."
    ]


def test_errors_say_what_the_server_said(page: Page) -> None:
    code = """async () => {
        const { RpcError, ConnectionLost, default: module } = await import("/static/smallweb_rpc/rpc.mjs");
        const error = await rpc.sample.test_sum("x").catch((refusal) => refusal);
        const late = await rpc.sample.slow.with({ timeout: 50 }).catch((lost) => lost);
        const kinds = [error instanceof RpcError, late instanceof ConnectionLost];
        return [...kinds, error.code, error.data.field, module === rpc];
    }"""
    assert page.evaluate(code) == [True, True, -32602, "a", True]


def test_a_generator_is_read_as_it_yields(page: Page) -> None:
    code = """async () => {
        const items = [];
        for await (const item of rpc.sample.count.stream(5)) items.push(item);
        const heard = [];
        await rpc.call("sample.count", [3], { onItem: (item) => heard.push(item) });
        return [items, heard];
    }"""
    assert page.evaluate(code) == [[0, 1, 2, 3, 4], [0, 1, 2]]


def test_a_stream_that_fails_throws(page: Page) -> None:
    code = """async () => {
        try {
            for await (const item of rpc.stream("sample.nothing", [])) item;
        } catch (error) {
            return error.name;
        }
    }"""
    assert page.evaluate(code) == "RpcError"


def test_leaving_the_loop_and_a_signal_cancel_on_the_server(page: Page) -> None:
    code = """async () => {
        const items = [];
        for await (const item of rpc.sample.count.stream(1e9)) if (items.push(item) === 3) break;
        const stop = new AbortController();
        const progress = [];
        const onProgress = (value) => { progress.push(value); stop.abort(new Error("enough")); };
        const { slow } = rpc.sample;
        const why = await slow.with({ signal: stop.signal, onProgress }).catch(({ message }) => message);
        const early = await slow.with({ signal: AbortSignal.abort("no") }).catch((reason) => reason);
        return [items, progress, why, early];
    }"""
    before = page.evaluate("rpc.sample.log()")
    assert page.evaluate(code) == [[0, 1, 2], [0.5], "enough", "no"]
    expected = sorted([*before, "count", "slow"])
    wait_for(lambda: sorted(page.evaluate("rpc.sample.log()")) == expected, limit_s=60)


def test_a_call_that_takes_too_long_is_cancelled_on_the_server(page: Page) -> None:
    before = page.evaluate("rpc.sample.log()")

    def has_ended() -> bool:
        # A call that has not begun yet leaves no trace when it is cancelled: on a slow machine, ask again.
        page.evaluate("rpc.sample.slow.with({ timeout: 100 }).catch(() => {})")
        return len(page.evaluate("rpc.sample.log()")) > len(before)

    wait_for(has_ended, limit_s=60)


def test_a_tracked_value_is_observed(page: Page) -> None:
    code = """async () => {
        window.heard = [];
        rpc.sample.a = 10;
        await rpc.sample.a;
        window.stop = await rpc.sample.a.observe((value, { channel }) => heard.push([channel, value]));
        rpc.sample.a = 11;
        await rpc.sample.a;
        return rpc.sample.plain.observe(() => {}).catch(({ name }) => name);
    }"""
    assert page.evaluate(code) == "TypeError"
    wait_for(lambda: len(page.evaluate("heard")) == 2, limit_s=60)
    assert page.evaluate("heard") == [["objects/sample/a", 10], ["objects/sample/a", 11]]
    page.evaluate("stop()")
    page.evaluate("rpc.set('sample.a', 12)")
    assert page.evaluate("heard.length") == 2


def test_channel_handlers_hear_once_they_subscribe(page: Page) -> None:
    code = """async () => {
        window.heard = [];
        const { rpcWebsocket } = rpc.sample;
        const hear = (name) => (value) => heard.push([name, value]);
        await rpcWebsocket.addChannelHandlers({ c: hear("c"), "objects/sample/d": hear("d") });
        await rpc.call("rpc.ping");
        const before = heard.length;
        await rpcWebsocket.subscribe();
        const refused = rpcWebsocket.addChannelHandlers({ "office/a": () => {} }, true);
        return [before, await refused.catch(({ code }) => code)];
    }"""
    page.evaluate("rpc.set('sample.d', { e: 5 })")
    assert page.evaluate(code) == [0, -32003]
    wait_for(lambda: ["d", {"e": 5}] in page.evaluate("heard"), limit_s=60)
    page.evaluate("rpc.sample.rpcWebsocket.unsubscribe()")
    page.evaluate("rpc.set('sample.d', {})")
    assert ["d", {}] not in page.evaluate("heard")


def test_a_broken_line_fails_calls_and_is_taken_up_again(
    new_page: Page, core: dict[str, Any], said: list[str]
) -> None:
    with served(core) as (port, _):
        new_page.goto(f"http://127.0.0.1:{port}/rpc.html")
        new_page.evaluate(
            """async () => {
                window.states = [];
                window.heard = [];
                for (const name of ["online", "offline"]) rpc.addEventListener(name, () => states.push(name));
                await rpc.ready;
                rpc.sample.a = 1;
                await rpc.sample.a.observe((value) => heard.push(value));
                rpc.sample.slow().catch(({ name }) => { window.fate = name; });
            }"""
        )
        wait_for(lambda: new_page.evaluate("heard") == [1], limit_s=60)
    wait_for(lambda: new_page.evaluate("window.fate") == "ConnectionLost", limit_s=60)
    assert new_page.evaluate("rpc.status") == "offline"
    new_page.evaluate("window.later = rpc.sample.test_sum(20, 1); 0")
    with served(core, port=port):
        new_page.evaluate("window.dispatchEvent(new Event('online'))")
        assert new_page.evaluate("later") == 21
        new_page.evaluate("rpc.set('sample.a', 99)")
        wait_for(lambda: 99 in new_page.evaluate("heard"), limit_s=60)
        assert new_page.evaluate("rpc.sample.test_sum(1, 1)") == 2
        assert new_page.evaluate("states")[-2:] == ["offline", "online"]


def test_pages_publish_read_history_and_see_who_listens(page: Page, browser: Browser, address: str) -> None:
    code = """async () => {
        window.heard = [];
        await rpc.subscribe("talk/a", (data) => heard.push(data));
        await rpc.publish("talk/a", { n: 1 });
        const { offset } = await rpc.publish("talk/a", { n: 2 });
        const { publications } = await rpc.history("talk/a", undefined, 1);
        window.met = [];
        await rpc.subscribe("room/a", () => {});
        const onPresence = ({ action, client }) => met.push([action, client.user]);
        await rpc.subscribe("room/a", () => {}, { onPresence });
        const { clients } = await rpc.presence("room/a");
        return [offset, publications.map(({ data }) => data), await rpc.channels("talk/#"), clients.length];
    }"""
    assert page.evaluate(code) == [2, [{"n": 2}], ["talk/a"], 1]
    wait_for(lambda: page.evaluate("heard") == [{"n": 1}, {"n": 2}], limit_s=60)
    other = browser.new_page()
    other.goto(f"{address}/rpc.html")
    other.evaluate("rpc.subscribe('room/a', () => {}).then(() => {})")
    other.close()
    wait_for(lambda: len(page.evaluate("met")) >= 2, limit_s=60)
    assert page.evaluate("met")[-2:] == [["join", "ann"], ["leave", "ann"]]
