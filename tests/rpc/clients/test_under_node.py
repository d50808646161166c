"""JSON-RPC clients of other projects, unmodified, under Node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from smallweb.rpc.client import connect_sync
from tests.rpc.client.relay import Relay
from tests.rpc.client.site import Site
from tests.rpc.clients.driven import NodeClient, driven

pytestmark = pytest.mark.once

CLIENTS = ["rpc-websockets", "json-rpc-2.0", "vscode-jsonrpc", "open-rpc"]
BATCHING = ["json-rpc-2.0", "open-rpc"]


@pytest.fixture(params=CLIENTS)
def client(node: str, site: Site, request: pytest.FixtureRequest) -> Iterator[NodeClient]:
    """Connect one of the clients; its first request has the id 0."""
    with driven(node, request.param) as running:
        running.do("open", url=site.socket_url)
        yield running


def test_calls_by_position_and_by_name(client: NodeClient) -> None:
    assert client.call("sample.test_sum", [4, 5]) == 9  # id 0
    assert client.call("sample.test_sum", {"a": 4, "b": 5}) == 9
    assert client.call("sample.test_sum", {"a": 4}) == 5


@pytest.mark.parametrize("script", ["rpc-websockets", "json-rpc-2.0", "open-rpc"])
def test_ids_may_be_texts(node: str, site: Site, script: str) -> None:
    with driven(node, script) as client:
        client.do("open", url=site.socket_url, ids="string")
        assert [client.call("sample.test_sum", [n, 1]) for n in range(3)] == [1, 2, 3]


def test_errors_have_code_message_and_data(client: NodeClient) -> None:
    assert client.error("nowhere", [])["code"] == -32601
    assert client.error("sample.test_sum", ["four"])["code"] == -32602
    told = client.error("sample.fail", [])
    assert (told["code"], told["message"]) == (-32000, "The oven is cold.")
    assert told["data"] == {"code": "cold", "degrees": 18}


@pytest.mark.parametrize("script", BATCHING)
def test_a_batch_is_answered_together(node: str, site: Site, script: str) -> None:
    with driven(node, script) as client:
        client.do("open", url=site.socket_url)
        requests: list[dict[str, Any]] = [
            {"method": "sample.test_sum", "params": [1, 1]},
            {"method": "nowhere", "params": []},
            {"method": "sample.test_sum", "params": {"a": 2, "b": 2}},
        ]
        answers = client.do("batch", requests=requests)
        assert [answer.get("result") for answer in answers] == [2, None, 4]
        assert answers[1]["error"]["code"] == -32601


def test_notifications_are_served_and_pushes_arrive(client: NodeClient) -> None:
    client.call("rpc.subscribe", {"channel": "open/#"})
    client.do("notify", method="rpc.publish", params={"channel": "open/a", "data": {"n": 1}})
    (event,) = client.wait_for_pushes("rpc.event", 1)
    assert (event["channel"], event["data"]) == ("open/a", {"n": 1})


def test_a_running_call_is_cancelled(client: NodeClient, request: pytest.FixtureRequest) -> None:
    tag = request.node.name
    client.call("rpc.subscribe", {"channel": "open/started"})
    waiting = client.start("call", method="sample.wait", params={"tag": tag})
    client.wait_for_pushes("rpc.event", 1)
    client.do("cancel", call=waiting)
    assert client.answer(waiting)["error"]["code"] == -32800
    assert tag in client.call("sample.cancelled", [])


def test_progress_names_the_call(client: NodeClient) -> None:
    assert client.call("sample.bake", [3]) == "done"
    (progress,) = client.wait_for_pushes("$/progress", 1)
    assert progress["value"] == {"progress": 3}
    assert progress["token"] in (0, "0")


@pytest.mark.parametrize("script", CLIENTS)
def test_what_was_missed_is_recovered_after_a_reconnect(
    node: str, site: Site, relay: Relay, script: str
) -> None:
    channel = f"kept/{script}"
    with driven(node, script) as client, connect_sync(site.url) as publisher:
        client.do("open", url=relay.socket_url)
        told = client.call("rpc.subscribe", {"channel": channel})
        assert (told["offset"], told["publications"]) == (0, [])
        publisher.publish(channel, 1)
        (event,) = client.wait_for_pushes("rpc.event", 1)
        relay.is_closed = True
        relay.cut()
        client.wait_for_pushes("offline", 1)
        publisher.publish(channel, 2)
        publisher.publish(channel, 3)
        relay.is_closed = False
        if script == "rpc-websockets":
            client.wait_for_pushes("online", 2)
        else:
            client.do("open", url=relay.socket_url)
        since = {"epoch": event["epoch"], "offset": event["offset"]}
        told = client.call("rpc.subscribe", {"channel": channel, "since": since})
        assert told["recovered"]
        assert [publication["data"] for publication in told["publications"]] == [2, 3]
        publisher.publish(channel, 4)
        assert client.wait_for_pushes("rpc.event", 2)[1]["data"] == 4
