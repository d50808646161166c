from __future__ import annotations

import json
import random
from typing import Any

import pytest

from smallweb.core.socket.protocol import (
    ErrorCode,
    Fault,
    Request,
    RpcError,
    batch_text,
    error_text,
    notification_text,
    parse,
    result_text,
)

pytestmark = pytest.mark.once

GOOD = '{"jsonrpc":"2.0","method":"m","id":1}'


def only(data: bytes | str) -> Request | Fault:
    frame = parse(data if isinstance(data, bytes) else data.encode())
    assert not frame.is_batch
    (entry,) = frame.entries
    return entry


def code_of(data: bytes | str) -> int:
    entry = only(data)
    assert isinstance(entry, Fault), entry
    return entry.error.rpc_code


@pytest.mark.parametrize("request_id", [0, -1, 1.5, "", "a", None])
def test_every_id_of_the_specification_is_an_id(request_id: Any) -> None:
    entry = only(json.dumps({"jsonrpc": "2.0", "method": "m", "id": request_id}))
    assert isinstance(entry, Request)
    assert entry.id == request_id
    assert not entry.is_notification


def test_only_an_absent_id_makes_a_notification() -> None:
    entry = only('{"jsonrpc":"2.0","method":"m"}')
    assert isinstance(entry, Request)
    assert entry.is_notification


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"nonsense",
        b'{"jsonrpc":"2.0","method":"m","params":[NaN],"id":1}',
        b'{"jsonrpc":"2.0","method":"m","params":[Infinity],"id":1}',
        b'{"jsonrpc":"2.0","method":"m","params":["\\ud800"],"id":1}',
        b'{"jsonrpc":"2.0","method":"m\xed\xa0\x80","id":1}',
        b'{"jsonrpc":"2.0","method":"m","params":' + b"[" * 100_000,
        b"[" * 100_000,
        b"[1,",
        b'\xef\xbb\xbf{"jsonrpc":"2.0","method":"m"}',
        GOOD.encode() + b"x",
    ],
)
def test_what_is_no_json_is_a_parse_error(data: bytes) -> None:
    assert code_of(data) == ErrorCode.PARSE_ERROR


@pytest.mark.parametrize(
    "data",
    [
        "1",
        '"text"',
        "null",
        "{}",
        "[]",
        '{"method":"m","id":1}',
        '{"jsonrpc":"1.0","method":"m","id":1}',
        '{"jsonrpc":2.0,"method":"m","id":1}',
        '{"jsonrpc":"2.0","id":1}',
        '{"jsonrpc":"2.0","method":1,"id":1}',
        '{"jsonrpc":"2.0","method":"m","id":{}}',
        '{"jsonrpc":"2.0","method":"m","id":[1]}',
        '{"jsonrpc":"2.0","method":"m","id":true}',
        json.dumps([json.loads(GOOD)] * 101),
    ],
)
def test_json_that_is_no_request_is_invalid(data: str) -> None:
    assert code_of(data) == ErrorCode.INVALID_REQUEST


def test_a_deep_but_whole_message_never_escapes() -> None:
    for depth in (100, 1_000, 5_000, 50_000):
        deep = "[" * depth + "]" * depth
        for text in (deep, f'{{"jsonrpc":"2.0","method":"m","params":{deep},"id":1}}'):
            assert parse(text.encode()).entries


def test_a_number_of_any_length_never_escapes() -> None:
    for digits in (20, 400, 5_000):
        assert parse(b'{"jsonrpc":"2.0","method":"m","id":' + b"9" * digits + b"}").entries


def test_of_a_repeated_key_the_last_one_counts() -> None:
    entry = only('{"jsonrpc":"2.0","method":"a","method":"b","id":1}')
    assert isinstance(entry, Request)
    assert entry.method == "b"


def test_a_batch_keeps_its_order_and_its_faults() -> None:
    frame = parse(f" [{GOOD}, 1, {GOOD}]".encode())
    assert frame.is_batch
    assert [type(entry) for entry in frame.entries] == [Request, Fault, Request]


def test_answers_are_json_rpc() -> None:
    assert json.loads(result_text(0, {"a": None})) == {"jsonrpc": "2.0", "result": {"a": None}, "id": 0}
    plain = RpcError(ErrorCode.REFUSED, "no")
    assert json.loads(error_text("x", plain)) == {
        "jsonrpc": "2.0",
        "error": {"code": -32003, "message": "no"},
        "id": "x",
    }
    assert json.loads(error_text(None, RpcError(-1, "no", {"why": 1})))["error"]["data"] == {"why": 1}
    assert json.loads(notification_text("m", [1])) == {"jsonrpc": "2.0", "method": "m", "params": [1]}
    assert json.loads(batch_text([result_text(1, 1), result_text(2, 2)]))[1]["id"] == 2


def test_twenty_thousand_mutilated_messages_all_parse_to_something() -> None:
    chance = random.Random(11)
    seeds = [
        GOOD.encode(),
        f"[{GOOD},{GOOD}]".encode(),
        b'{"jsonrpc":"2.0","method":"m","params":{"a":[1.5e3]}}',
    ]
    scraps = [b"[", b"{", b'"', b"\\u", b"\xff", b"NaN", b"1e999", b",", b"]", b"\0", b"9" * 50, b"-"]
    for _ in range(20_000):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data) + 1)
            data[place : place + chance.randint(0, 3)] = chance.choice(scraps)
        frame = parse(bytes(data))
        assert frame.entries
        assert all(isinstance(entry, Request | Fault) for entry in frame.entries)
