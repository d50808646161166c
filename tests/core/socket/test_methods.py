from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET, Raw

from smallweb.core.exceptions import AlreadyRegistered, NotRegistered
from smallweb.core.socket.methods import NoParams, socket_method, socket_methods
from smallweb.core.socket.protocol import ErrorCode, RpcError

pytestmark = pytest.mark.once


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: int
    y: int = 7
    tags: list[str] = []


@pytest.fixture
def move() -> Any:
    with socket_methods.temporarily():

        @socket_method("test.move")
        async def move(connection: Any, params: Point) -> Point:
            return params

        yield socket_methods.get("test.move")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (b"[1]", Point(1)),
        (b'[1,2,["a"]]', Point(1, 2, ["a"])),
        (b'{"x":1,"tags":["b"]}', Point(1, 7, ["b"])),
    ],
)
def test_parameters_come_by_position_or_by_name(move: Any, params: bytes, expected: Point) -> None:
    assert move.decode(Raw(params)) == expected


@pytest.mark.parametrize(
    "params",
    [
        b"[]",
        b'["1"]',
        b"[1,2,[],4]",
        b'{"x":"1"}',
        b'{"y":1}',
        b'{"x":1,"z":1}',
        b"1",
        b'"x"',
        b"null",
        b"[1.5]",
        b"[1e999]",
        b'[1,2,["\xff\xfe"]]',
        b"[" + b"[" * 50_000 + b"]" * 50_000 + b"]",
        b"[" + b"9" * 5_000 + b"]",
    ],
)
def test_wrong_parameters_are_refused_by_name_of_the_method(move: Any, params: bytes) -> None:
    with pytest.raises(RpcError, match=r"test\.move") as caught:
        move.decode(Raw(params))
    assert caught.value.rpc_code == ErrorCode.INVALID_PARAMS


def test_no_parameters_are_none() -> None:
    with socket_methods.temporarily():

        @socket_method("test.nothing")
        async def nothing(connection: Any, params: NoParams) -> None: ...

        method: Any = socket_methods.get("test.nothing")
        assert method.decode(UNSET) == NoParams()


def test_a_default_is_not_shared_between_calls(move: Any) -> None:
    assert move.decode(Raw(b"[1]")).tags is not move.decode(Raw(b"[1]")).tags


def test_a_name_is_taken_once(move: Any) -> None:
    with pytest.raises(AlreadyRegistered, match=r"test\.move"):

        @socket_method("test.move")
        async def again(connection: Any, params: NoParams) -> None: ...


def test_a_plain_function_is_refused() -> None:
    with pytest.raises(TypeError, match="async def"):

        @socket_method("test.plain")  # type: ignore[type-var]
        def plain(connection: Any, params: NoParams) -> None: ...

    with pytest.raises(NotRegistered):
        socket_methods.get("test.plain")
