"""What a connection answers, and how much it takes."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User

from smallweb.core.channels.bus.base import Bus
from smallweb.core.socket import connection as connection_module
from smallweb.core.socket.connection import Connection
from smallweb.core.socket.methods import NoParams, socket_method, socket_methods
from smallweb.core.socket.protocol import CloseCode, ErrorCode, RpcError
from tests.core.socket.clients import signed_in, socket, until


class Value(msgspec.Struct):
    value: Any


@pytest.fixture(autouse=True)
def methods(bus: Bus) -> Iterator[dict[str, asyncio.Event]]:
    events = {"go": asyncio.Event()}
    with socket_methods.temporarily():

        @socket_method("test.echo")
        async def echo(connection: Connection, params: Value) -> Any:
            return params.value

        @socket_method("test.wait")
        async def wait(connection: Connection, params: NoParams) -> str:
            await events["go"].wait()
            return "done"

        @socket_method("test.fail")
        async def fail(connection: Connection, params: NoParams) -> None:
            raise ValueError("a secret of the server")

        @socket_method("test.refuse")
        async def refuse(connection: Connection, params: NoParams) -> None:
            raise RpcError(-32050, "not today", {"when": "tomorrow"})

        @socket_method("test.object")
        async def an_object(connection: Connection, params: NoParams) -> object:
            return object()

        yield events


def core(settings: Any, **more: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, **more}


async def test_a_heartbeat_is_the_first_message_and_comes_again(settings: Any) -> None:
    core(settings, SOCKET_PING_INTERVAL_S=0.05)
    async with socket() as client:
        for _ in range(3):
            message = json.loads(await client.communicator.receive_from(timeout=60))
            assert message["method"] == "rpc.ping"
            assert message["params"] == {"interval_s": 0.05}


async def test_calls_notifications_and_batches_are_answered() -> None:
    async with socket() as client:
        assert await client.call("rpc.ping") == "pong"
        assert await client.call("test.echo", {"value": [1, None, "ä"]}) == [1, None, "ä"]
        await client.send({"jsonrpc": "2.0", "method": "test.echo", "params": [1]})
        await client.send('[{"jsonrpc":"2.0","method":"test.echo","params":[1]}]')
        await client.send(
            [
                {"jsonrpc": "2.0", "method": "test.echo", "params": ["a"], "id": 0},
                {"jsonrpc": "2.0", "method": "test.echo", "params": ["b"]},
                7,
                {"jsonrpc": "2.0", "method": "nowhere", "id": "x"},
            ]
        )
        first, invalid, unknown = await client.receive()
    assert first == {"jsonrpc": "2.0", "result": "a", "id": 0}
    assert (invalid["error"]["code"], invalid["id"]) == (ErrorCode.INVALID_REQUEST, None)
    assert (unknown["error"]["code"], unknown["id"]) == (ErrorCode.METHOD_NOT_FOUND, "x")


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("nowhere", ErrorCode.METHOD_NOT_FOUND),
        ("__class__", ErrorCode.METHOD_NOT_FOUND),
        ("test.fail", ErrorCode.INTERNAL_ERROR),
        ("test.object", ErrorCode.INTERNAL_ERROR),
        ("test.refuse", -32050),
        ("test.echo", ErrorCode.INVALID_PARAMS),
    ],
)
async def test_a_call_that_fails_is_answered_and_the_next_one_works(
    method: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with socket() as client:
        answer = await client.ask(method)
        assert answer["error"]["code"] == code
        assert "secret" not in json.dumps(answer)
        await client.send({"jsonrpc": "2.0", "method": method})
        assert await client.call("rpc.ping") == "pong"


async def test_a_slow_call_does_not_hold_up_the_next(methods: dict[str, asyncio.Event]) -> None:
    async with socket() as client:
        await client.send({"jsonrpc": "2.0", "method": "test.wait", "id": "slow"})
        assert await client.call("test.echo", [1]) == 1
        methods["go"].set()
        assert (await client.receive())["id"] == "slow"


async def test_more_calls_at_once_than_allowed_are_refused(
    settings: Any, methods: dict[str, asyncio.Event]
) -> None:
    core(settings, SOCKET_MAX_IN_FLIGHT=2)
    async with socket() as client:
        for number in range(3):
            await client.send({"jsonrpc": "2.0", "method": "test.wait", "id": number})
        refused = await client.receive()
        assert (refused["id"], refused["error"]["code"]) == (2, ErrorCode.BUSY)
        methods["go"].set()
        assert {(await client.receive())["id"] for _ in range(2)} == {0, 1}
        assert await client.call("rpc.ping") == "pong"


async def test_a_flood_is_refused_and_then_ends_the_socket(settings: Any) -> None:
    core(settings, SOCKET_MESSAGES_PER_S=0.001, SOCKET_BURST=5)
    async with socket() as client:
        for _ in range(5):
            assert await client.call("rpc.ping") == "pong"
        for _ in range(5):
            assert await client.refused("rpc.ping") == ErrorCode.BUSY
        await client.send({"jsonrpc": "2.0", "method": "rpc.ping", "id": 1})
        assert await client.closed_with() == CloseCode.TOO_MANY


async def test_a_message_over_the_limit_ends_the_socket(settings: Any) -> None:
    core(settings, SOCKET_MAX_MESSAGE_BYTES=1_000)
    async with socket() as client:
        assert await client.call("test.echo", ["x" * 900]) == "x" * 900
        await client.send("ä" * 501)
        assert await client.closed_with() == CloseCode.MESSAGE_TOO_BIG
        await client.send("what comes after is ignored")


async def test_bad_messages_are_answered_and_too_many_in_a_row_end_the_socket() -> None:
    async with socket() as client:
        for _ in range(2):
            for bad in ("{", "[]", "NaN"):
                await client.send(bad)
                assert "error" in await client.receive()
            assert await client.call("rpc.ping") == "pong"
        await client.communicator.send_to(bytes_data=b"\x00\x01")
        assert (await client.receive())["error"]["code"] == ErrorCode.PARSE_ERROR
        for _ in range(3):
            await client.send("\ud800")
        assert await client.closed_with() == CloseCode.BAD_FRAMES


async def test_answers_that_nobody_reads_end_the_socket(settings: Any) -> None:
    core(settings, SOCKET_MAX_QUEUED_MESSAGES=4, SOCKET_BURST=1_000)
    sent: list[dict[str, Any]] = []
    blocked = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "websocket.send":
            await blocked.wait()

    connection = Connection({}, send)
    for number in range(20):
        connection.receive(json.dumps({"jsonrpc": "2.0", "method": "rpc.ping", "id": number}))
        await asyncio.sleep(0.001)
    await until(lambda: connection.is_closed)
    await until(lambda: sent[-1] == {"type": "websocket.close", "code": CloseCode.SLOW_READER})
    connection.end()


async def test_running_calls_end_with_their_socket(methods: dict[str, asyncio.Event]) -> None:
    async with socket() as client:
        await client.send({"jsonrpc": "2.0", "method": "test.wait", "id": "slow"})
        await client.call("rpc.ping")
        tasks = [task for task in asyncio.all_tasks() if "_answer" in repr(task)]
        assert len(tasks) == 1
    await until(lambda: all(task.done() for task in tasks))


async def test_fuzzed_messages_never_escape_the_connection() -> None:
    chance = random.Random(5)
    scraps = [
        "[",
        "{",
        '"',
        "\\u",
        "\ud800",
        "NaN",
        "1e999",
        ",",
        "]",
        "\0",
        "9" * 400,
        "[" * 2_000,
        "rpc.",
        "é",
    ]
    seeds = [
        '{"jsonrpc":"2.0","method":"rpc.subscribe","params":["open/a",{"epoch":"x","offset":1}],"id":1}',
        '{"jsonrpc":"2.0","method":"rpc.unsubscribe","params":["open/+"],"id":0}',
        '[{"jsonrpc":"2.0","method":"rpc.ping","id":2},{"jsonrpc":"2.0","method":"test.echo","params":[1]}]',
    ]
    answers: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        answers.append(message["type"])

    connection = Connection({}, send)
    for number in range(2_000):
        text = chance.choice(seeds)
        for _ in range(chance.randint(0, 3)):
            place = chance.randrange(len(text) + 1)
            text = text[:place] + chance.choice(scraps) + text[place + chance.randint(0, 6) :]
        if connection.is_closed:
            connection.end()
            connection = Connection({}, send)
        connection.receive(text if chance.random() < 0.98 else None)
        if number % 20 == 0:
            await asyncio.sleep(0.002)
    connection.end()
    assert "websocket.send" in answers


@pytest.mark.django_db(transaction=True)
async def test_a_disabled_user_is_put_out_by_the_regular_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "SESSION_CHECK_S", 0.05)
    user = await User.objects.acreate(username="ann")
    async with signed_in(user) as client:
        assert await client.call("rpc.ping") == "pong"
        await User.objects.filter(pk=user.pk).aupdate(is_active=False)
        assert await client.closed_with() == CloseCode.SESSION_ENDED


@pytest.mark.django_db(transaction=True)
async def test_who_lost_a_right_loses_the_subscription_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "SESSION_CHECK_S", 0.05)
    user = await User.objects.acreate(username="ann", is_staff=True)
    async with signed_in(user) as client:
        await client.call("rpc.subscribe", ["office/a"])
        await client.call("rpc.subscribe", ["members/a"])
        await User.objects.filter(pk=user.pk).aupdate(is_staff=False)
        told = await client.next_event()
        assert told["method"] == "rpc.unsubscribed"
        assert told["params"] == {"channel": "office/a"}
        assert await client.call("rpc.unsubscribe", ["office/a"]) is False
        assert await client.call("rpc.unsubscribe", ["members/a"]) is True


@pytest.mark.parametrize("sends", [0, 1, 2])
async def test_a_line_that_is_gone_ends_its_connection_without_a_word(
    sends: int, caplog: pytest.LogCaptureFixture
) -> None:
    left = [sends]

    async def send(message: dict[str, Any]) -> None:
        if not left[0]:
            raise OSError("as servers say that the client has gone")
        left[0] -= 1

    connection = Connection({"headers": []}, send)
    connection.open()
    connection.receive('{"jsonrpc": "2.0", "method": "rpc.subscribe", "params": ["kept/a"], "id": 1}')
    await until(lambda: connection.is_closed or connection.subscriptions)
    connection.receive('{"jsonrpc": "2.0", "method": "test.nothing", "id": 2}')
    connection.close(CloseCode.KICKED)
    await until(lambda: connection.is_closed and not connection._tasks)
    assert not connection.calls
    assert not connection.subscriptions
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
