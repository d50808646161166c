"""jsonrpcclient, unmodified: it makes requests and reads answers, over a websocket of websockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonrpcclient
import pytest
from jsonrpcclient import Error, Ok
from websockets.sync.client import ClientConnection, connect

from tests.rpc.client.site import Site

pytestmark = pytest.mark.once


@pytest.fixture
def line(site: Site) -> Iterator[ClientConnection]:
    with connect(site.socket_url) as opened:
        yield opened


def receive(line: ClientConnection, *, pushes: list[Any] | None = None) -> Any:
    """Return the next answer; notifications are kept in ``pushes``."""
    while True:
        message = json.loads(line.recv(timeout=60))
        if isinstance(message, list) or "id" in message:
            return message
        if pushes is not None and message["method"] != "rpc.ping":
            pushes.append(message)


def ask(line: ClientConnection, request: Any, *, pushes: list[Any] | None = None) -> Any:
    line.send(json.dumps(request))
    return jsonrpcclient.parse(receive(line, pushes=pushes))


@pytest.mark.parametrize("request_id", [0, 7, "seven", ""])
@pytest.mark.parametrize("params", [(4, 5), {"a": 4, "b": 5}])
def test_calls_by_position_and_by_name(line: ClientConnection, request_id: Any, params: Any) -> None:
    request = jsonrpcclient.request("sample.test_sum", params=params, id=request_id)
    assert ask(line, request) == Ok(9, request_id)


def test_errors_have_code_message_and_data(line: ClientConnection) -> None:
    told = ask(line, jsonrpcclient.request("sample.fail", id=1))
    assert told == Error(-32000, "The oven is cold.", {"code": "cold", "degrees": 18}, 1)


def test_a_batch_is_answered_together_and_its_notifications_are_not(line: ClientConnection) -> None:
    batch = [
        jsonrpcclient.request("sample.test_sum", params=(1, 1), id=1),
        jsonrpcclient.notification("sample.fail"),
        jsonrpcclient.request("nowhere", id="two"),
    ]
    told = list(ask(line, batch))
    assert told[0] == Ok(2, 1)
    assert (told[1].code, told[1].id) == (-32601, "two")
    assert len(told) == 2


def test_pushes_arrive_and_a_running_call_is_cancelled(line: ClientConnection) -> None:
    pushes: list[Any] = []
    ask(line, jsonrpcclient.request("rpc.subscribe", params={"channel": "open/started"}))
    line.send(jsonrpcclient.request_json("sample.wait", params=["from-python"], id="w"))
    assert isinstance(ask(line, jsonrpcclient.request("rpc.ping"), pushes=pushes), Ok)
    while not pushes:
        pushes += [
            message for message in [json.loads(line.recv(timeout=60))] if message["method"] == "rpc.event"
        ]
    assert pushes[0]["params"]["data"] == "from-python"
    line.send(jsonrpcclient.notification_json("$/cancelRequest", params={"id": "w"}))
    told = jsonrpcclient.parse(receive(line))
    assert isinstance(told, Error)
    assert (told.code, told.id) == (-32800, "w")


def test_what_was_missed_is_recovered_after_a_reconnect(site: Site) -> None:
    subscribe: dict[str, Any] = {"channel": "kept/a"}
    with connect(site.socket_url) as line:
        told = ask(line, jsonrpcclient.request("rpc.subscribe", params=subscribe)).result
    with connect(site.socket_url) as line:
        for number in (1, 2):
            assert ask(line, jsonrpcclient.request("rpc.publish", params=("kept/a", number)))
        subscribe["since"] = {"epoch": told["epoch"], "offset": told["offset"]}
        told = ask(line, jsonrpcclient.request("rpc.subscribe", params=subscribe)).result
        assert told["recovered"]
        assert [publication["data"] for publication in told["publications"]] == [1, 2]
