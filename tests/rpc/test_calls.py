"""Objects through a socket: calls, attributes, and what becomes of wrong ones."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User

from smallweb.core.socket.protocol import ErrorCode
from smallweb.rpc import Caller, PublicError, expose, serve, tracked
from tests.core.socket.clients import Client, signed_in, socket

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Point:
    x: float
    y: float = 0.0


class Sample:
    """An object for tests."""

    a: int = 1
    """sample attribute"""

    volume: int = tracked(5)  # type: ignore[assignment]

    def __init__(self) -> None:
        self._level = 3
        self.go = threading.Event()
        self.began = threading.Event()

    @expose
    def test_sum(self, a: int, b: int = 10) -> int:
        """Add two numbers."""
        return a + b

    @expose(inline=True)
    def quick(self, a: int, b: int) -> int:
        return a + b

    @expose
    async def later(self, a: int) -> int:
        await asyncio.sleep(0)
        return a

    @expose
    def norm(self, p: Point, mode: Literal["l1", "l2"] = "l2", tags: list[str] | None = None) -> Point:
        return Point(abs(p.x), abs(p.y))

    @expose
    def collected(self, first: int, *rest: int, flag: bool = False, **named: str) -> Any:
        return [first, rest, flag, named]

    @expose
    def who(self, caller: Caller) -> str:
        return str(caller.user)

    @expose
    def refuse(self) -> None:
        raise PublicError("Not today.", code="closed", rpc_code=-32050, data={"until": "Monday"})

    @expose
    def fail(self) -> None:
        raise ValueError("a secret of the server")

    @expose
    def unsendable(self) -> object:
        return object()

    @expose
    def hang(self) -> str:
        self.began.set()
        self.go.wait(60)
        return "late"

    @expose
    def count(self, to: int) -> Any:
        yield from range(to)
        return "end"

    @expose(mode="rw")  # type: ignore[prop-decorator]
    @property
    def level(self) -> int:
        return self._level

    @level.setter
    def level(self, value: int) -> None:
        if value > 10:
            raise PublicError("Too high.")
        self._level = value

    def hidden(self) -> str:
        return "secret"


@pytest.fixture
def sample() -> Sample:
    sample = Sample()
    serve(sample=sample, access="public", attrs={"a": "rwd"})
    return sample


async def test_calls_of_all_kinds(sample: Sample) -> None:
    async with socket() as client:
        assert await client.call("sample.test_sum", [4, 5]) == 9
        assert await client.call("sample.test_sum", [4]) == 14
        assert await client.call("sample.test_sum", {"a": 1, "b": 2}) == 3
        assert await client.call("sample.quick", [1, 2]) == 3
        assert await client.call("sample.later", [7]) == 7
        assert await client.call("sample.norm", [{"x": -1.5}]) == {"x": 1.5, "y": 0.0}
        assert await client.call("sample.collected", [1, 2, 3]) == [1, [2, 3], False, {}]
        named = await client.call("sample.collected", {"first": 1, "flag": True, "x": "y"})
        assert named == [1, [], True, {"x": "y"}]
        assert await client.call("sample.who") == "AnonymousUser"
        assert await client.call("sample.count", [3]) == [0, 1, 2]
        called = {"path": "sample.test_sum", "args": [1], "kwargs": {"b": 5}}
        assert await client.call("rpc.call", called) == 6


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ([1, "2"], "b"),
        (["x"], "a"),
        ([], "a"),
        ([1, 2, 3], None),
        ({"b": 1}, "a"),
        ({"a": 1, "c": 1}, "c"),
        ({"a": 1, "self": 1}, "self"),
        ({"a": None}, "a"),
        ([True], "a"),
    ],
)
async def test_a_wrong_argument_is_named(sample: Sample, params: Any, field: str | None) -> None:
    async with socket() as client:
        error = (await client.ask("sample.test_sum", params))["error"]
    assert error["code"] == ErrorCode.INVALID_PARAMS
    assert error["data"].get("field") == field


async def test_what_the_server_fills_is_no_parameter(sample: Sample) -> None:
    async with socket() as client:
        assert await client.refused("sample.who", {"caller": "admin"}) == ErrorCode.INVALID_PARAMS
        assert await client.refused("sample.who", ["admin"]) == ErrorCode.INVALID_PARAMS


async def test_faults_are_answered_and_tell_no_secret(sample: Sample) -> None:
    async with socket() as client:
        refused = (await client.ask("sample.refuse"))["error"]
        assert refused == {
            "code": -32050,
            "message": "Not today.",
            "data": {"code": "closed", "until": "Monday"},
        }
        failed = (await client.ask("sample.fail"))["error"]
        assert failed["code"] == ErrorCode.INTERNAL_ERROR
        assert "secret" not in str(failed)
        unsendable = (await client.ask("sample.unsendable"))["error"]
        assert unsendable["data"]["code"] == "result_refused"
        for method in ("sample.hidden", "sample._level", "sample.__class__", "sample.a", "sample"):
            assert await client.refused(method) == ErrorCode.METHOD_NOT_FOUND


async def test_attributes_are_got_set_and_deleted(sample: Sample) -> None:
    async with socket() as client:
        assert await client.call("rpc.get", ["sample.a"]) == 1
        assert await client.call("rpc.set", ["sample.a", 2]) is True
        assert await client.call("rpc.get", ["sample.a"]) == sample.a == 2
        assert await client.call("rpc.delete", ["sample.a"]) is True
        assert await client.call("rpc.get", ["sample.a"]) == 1
        assert await client.refused("rpc.delete", ["sample.a"]) == ErrorCode.NOT_FOUND
        assert (await client.ask("rpc.set", ["sample.a", "x"]))["error"]["data"]["field"] == "sample.a"
        assert await client.call("rpc.set", ["sample.level", 7]) is True
        assert await client.call("rpc.get", ["sample.level"]) == 7
        assert (await client.ask("rpc.set", ["sample.level", 70]))["error"]["message"] == "Too high."
        assert await client.refused("rpc.delete", ["sample.level"]) == ErrorCode.REFUSED
        for path in ("sample.hidden", "sample._level", "sample.__dict__", "sample.test_sum", "x", "sample"):
            assert await client.refused("rpc.get", [path]) == ErrorCode.NOT_FOUND
            assert await client.refused("rpc.set", [path, 1]) == ErrorCode.NOT_FOUND


async def test_what_one_caller_sets_and_gets_keeps_its_order(sample: Sample) -> None:
    async with socket() as client:
        for number in range(10):
            for method, params in (("rpc.set", ["sample.level", number]), ("rpc.get", ["sample.level"])):
                request = {"jsonrpc": "2.0", "method": method, "params": params, "id": f"{method} {number}"}
                await client.send(request)
        answers = [await client.receive() for _ in range(20)]
    assert [answer["result"] for answer in answers[1::2]] == list(range(10))


async def test_a_tracked_value_is_shared_and_kept(sample: Sample) -> None:
    async with socket() as client:
        assert await client.call("rpc.get", ["sample.volume"]) == 5
        assert await client.call("rpc.set", ["sample.volume", 6]) is True
    other = Sample()
    assert other.volume == 5
    async with socket() as client:
        assert await client.call("rpc.get", ["sample.volume"]) == 6


async def test_a_stream_sends_items_one_by_one(sample: Sample) -> None:
    async with socket() as client:
        result = await client.call("rpc.call", {"path": "sample.count", "args": [3], "stream": True})
        assert result == "end"
        assert [event["params"]["value"] for event in client.events] == [{"item": n} for n in range(3)]


async def hanging(client: Client, sample: Sample) -> None:
    await client.send({"jsonrpc": "2.0", "method": "sample.hang", "id": "h"})
    await asyncio.to_thread(sample.began.wait, 60)


async def test_a_call_can_be_cancelled(sample: Sample) -> None:
    async with socket() as client:
        await hanging(client, sample)
        await client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "h"}})
        answer = await client.receive()
        assert (answer["id"], answer["error"]["code"]) == ("h", ErrorCode.CANCELLED)
        assert await client.call("rpc.cancel", {"id": "h"}) is False
        sample.go.set()
        assert await client.call("sample.test_sum", [1, 2]) == 3


async def test_only_who_may_calls(sample: Sample) -> None:
    inner = Sample()
    serve(inner=inner, access="staff")
    user = await User.objects.acreate(username="ann", is_staff=True)
    async with socket() as visitor, signed_in(user) as ann:
        assert await visitor.refused("inner.test_sum", [1, 2]) == ErrorCode.REFUSED
        assert await ann.call("inner.test_sum", [1, 2]) == 3
        assert await ann.call("inner.who") == "ann"


async def test_describe_tells_what_this_caller_may_use(sample: Sample) -> None:
    serve(inner=Sample(), access="staff")
    async with socket() as client:
        described = (await client.call("rpc.describe"))["objects"]
        assert set(described) == {"sample"}
        members = described["sample"]["members"]
        assert members["test_sum"]["signature"] == "(a: int, b: int = 10) -> int"
        assert members["test_sum"]["doc"] == "Add two numbers."
        assert members["a"] == {
            "kind": "attribute", "doc": "sample attribute", "schema": {"type": "integer"}, "mode": "rwd",
            "channel": None,
        }  # fmt: skip
        assert members["volume"]["channel"] == "objects/sample/volume"
        assert "hidden" not in members
        assert (await client.call("rpc.describe", ["sample.count"]))["streams"] is True
        assert await client.refused("rpc.describe", ["inner"]) == ErrorCode.NOT_FOUND
