"""What served code may do wrong: the call is answered, the socket and all other calls go on."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from smallweb.core.socket.protocol import ErrorCode
from smallweb.rpc import PublicError, expose, serve
from smallweb.rpc.registry import endpoints
from tests.core.socket.clients import socket, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

ENDS: dict[str, type[BaseException]] = {
    "SystemExit": SystemExit,
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "CancelledError": asyncio.CancelledError,
    "StopIteration": StopIteration,
    "RecursionError": RecursionError,
}


class Unspeakable(Exception):
    """An error that raises when anybody asks what it says."""

    def __str__(self) -> str:
        raise SystemExit("from __str__")

    __repr__ = __str__


class UnspeakablePublic(PublicError):
    def __str__(self) -> str:
        raise ValueError("from __str__")


class Hostile:
    """Raises whatever it is asked for."""

    @expose
    def in_thread(self, end: str) -> None:
        raise ENDS[end]("the end")

    @expose
    async def in_loop(self, end: str) -> None:
        raise ENDS[end]("the end")

    @expose(inline=True)
    def inline(self, end: str) -> None:
        raise ENDS[end]("the end")

    @expose
    def in_generator(self, end: str) -> Iterator[int]:
        yield 1
        raise ENDS[end]("the end")

    @expose
    async def in_async_generator(self, end: str) -> AsyncIterator[int]:
        yield 1
        raise ENDS[end]("the end")

    @property
    @expose
    def in_property(self) -> int:
        raise SystemExit("the end")

    @expose
    def unspeakable(self) -> None:
        raise Unspeakable

    @expose
    async def unspeakable_in_loop(self) -> None:
        raise Unspeakable

    @expose
    def unspeakable_to_all(self) -> None:
        raise UnspeakablePublic("words")

    @expose
    def untellable(self) -> None:
        raise PublicError("The oven is cold.", data={"oven": object()})

    @expose
    async def untellable_in_loop(self) -> None:
        raise PublicError("The oven is cold.", data={"oven": object()})

    @expose
    def hello(self) -> str:
        return "hello"


async def is_well(client: Any) -> bool:
    """Whether socket, loop, threads and lanes serve what comes next."""
    return (await client.call("hostile.hello"), await client.call("rpc.ping")) == ("hello", "pong")


@pytest.mark.parametrize("locking", ["none", "object"])
@pytest.mark.parametrize("method", ["in_thread", "in_loop", "inline", "in_generator", "in_async_generator"])
async def test_an_exception_of_any_kind_is_an_answer(method: str, locking: str) -> None:
    serve(hostile=Hostile(), access="public", locking=locking)
    async with socket() as client:
        for end in ENDS:
            code = await client.refused(f"hostile.{method}", [end])
            assert code in (ErrorCode.INTERNAL_ERROR, ErrorCode.CANCELLED)
            assert await is_well(client)


async def test_an_error_that_cannot_be_told_is_an_answer() -> None:
    serve(hostile=Hostile(), access="public", locking="object")
    async with socket() as client:
        for method in (
            "unspeakable",
            "unspeakable_in_loop",
            "unspeakable_to_all",
            "untellable",
            "untellable_in_loop",
        ):
            assert await client.refused(f"hostile.{method}") == ErrorCode.INTERNAL_ERROR
            assert await is_well(client)


async def test_a_property_that_exits_is_an_answer() -> None:
    serve(hostile=Hostile(), access="public", locking="object")
    async with socket() as client:
        assert await client.refused("rpc.get", ["hostile.in_property"]) == ErrorCode.INTERNAL_ERROR
        assert await is_well(client)


class Tricks:
    """Says of itself what is not so."""

    a = 1

    def __getattribute__(self, name: str) -> Any:
        if name == "a" and "armed" in object.__getattribute__(self, "__dict__"):
            raise SystemExit("from __getattribute__")
        return object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        return lambda *args: "made up"

    def __setattr__(self, name: str, value: object) -> None:
        raise SystemExit("from __setattr__")

    def __delattr__(self, name: str) -> None:
        raise SystemExit("from __delattr__")

    @expose
    def hello(self) -> str:
        return "hello"


async def test_an_object_that_makes_its_attributes_up_serves_only_what_is_written_down() -> None:
    tricks = Tricks()
    serve(hostile=tricks, access="public", attrs={"a": "rwd"}, locking="object")
    tricks.__dict__["armed"] = True
    assert {endpoint.name for endpoint in endpoints} == {"hostile.a", "hostile.hello"}
    async with socket() as client:
        for path in ("hostile.made_up", "hostile.__getattr__", "hostile.__dict__"):
            assert await client.refused("rpc.call", [path]) == ErrorCode.NOT_FOUND
        for method, params in (("get", ["hostile.a"]), ("set", ["hostile.a", 2]), ("delete", ["hostile.a"])):
            assert await client.refused(f"rpc.{method}", params) == ErrorCode.INTERNAL_ERROR
        assert await is_well(client)


class Descriptor:
    def __init__(self) -> None:
        self.fired = 0

    def __get__(self, instance: object, owner: type) -> str:
        if instance is not None:
            self.fired += 1
        return "from a descriptor"


class Meta(type):
    """A metaclass whose attributes are none of its instances'."""

    def of_the_class(cls) -> str:
        return "the class's own"


class Slotted(metaclass=Meta):
    __slots__ = ("kept", "never_set")
    described = Descriptor()

    def __init__(self) -> None:
        self.kept = 1

    @expose
    def hello(self) -> str:
        return "hello"


async def test_slots_descriptors_and_metaclasses_are_looked_up_without_being_fired() -> None:
    served = Slotted()
    serve(hostile=served, access="public", attrs={"kept": "rw", "never_set": "rw"})
    assert vars(Slotted)["described"].fired == 0
    async with socket() as client:
        assert await client.call("rpc.set", ["hostile.kept", 5]) is True
        assert await client.call("rpc.get", ["hostile.kept"]) == 5
        assert await client.refused("rpc.get", ["hostile.never_set"]) == ErrorCode.NOT_FOUND
        assert await client.refused("rpc.call", ["hostile.of_the_class"]) == ErrorCode.NOT_FOUND
        assert await client.refused("rpc.get", ["hostile.described"]) == ErrorCode.NOT_FOUND
        assert await is_well(client)
    assert vars(Slotted)["described"].fired == 0


class Unprintable:
    def __repr__(self) -> str:
        raise SystemExit("from __repr__")

    __str__ = __repr__


class Dumped:
    """Looks like a pydantic model."""

    model_fields: dict[str, Any] = {}

    def model_dump(self, mode: str) -> Any:
        raise SystemExit("from model_dump")


def recursive() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


async def never() -> None: ...


RESULTS: dict[str, Any] = {
    "recursive": recursive,
    "deep": deep,
    "large": lambda: "x" * 100_000_000,
    "row": lambda: User(username="ann", password="secret"),
    "rows": lambda: User.objects.all(),
    "manager": lambda: User.objects,
    "lock": threading.Lock,
    "class": lambda: User,
    "function": lambda: len,
    "module": lambda: threading,
    "unprintable": Unprintable,
    "slotted": Slotted,
    "dumped": Dumped,
    "surrogate": lambda: "\ud800",
    "huge": lambda: 10**5_000,
    "object key": lambda: {Unprintable(): 1},
    "exception": lambda: ValueError("secret"),
}


class Returns:
    @expose
    def in_thread(self, kind: str) -> Any:
        return RESULTS[kind]()

    @expose
    async def in_loop(self, kind: str) -> Any:
        return RESULTS[kind]()

    @expose(inline=True)
    def inline(self, kind: str) -> Any:
        return RESULTS[kind]()

    @expose
    def as_item(self, kind: str) -> Iterator[Any]:
        yield RESULTS[kind]()

    @expose
    def hello(self) -> str:
        return "hello"


@pytest.mark.parametrize("method", ["in_thread", "in_loop", "inline", "as_item"])
async def test_a_result_that_is_no_data_is_refused_with_a_sentence(method: str) -> None:
    serve(hostile=Returns(), access="public", locking="object")
    async with socket() as client:
        for kind in RESULTS:
            error = (await client.ask(f"hostile.{method}", [kind]))["error"]
            assert (error["code"], error["data"]["code"]) == (ErrorCode.INTERNAL_ERROR, "result_refused")
            assert error["message"].startswith(f"hostile.{method} returned ")
            assert "secret" not in error["message"]
            assert "Traceback" not in error["message"]
            assert len(error["message"]) < 400
            assert await is_well(client)


async def test_an_item_that_is_no_data_ends_its_stream_with_a_sentence() -> None:
    serve(hostile=Returns(), access="public")
    async with socket() as client:
        answer = await client.ask("rpc.call", {"path": "hostile.as_item", "args": ["row"], "stream": True})
        assert answer["error"]["data"]["code"] == "result_refused"
        assert await is_well(client)


class Endless:
    def __init__(self) -> None:
        self.ended = 0

    @expose
    async def stream(self) -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            self.ended += 1

    @expose
    async def never(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1

    @expose
    async def stubborn(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        self.ended += 1

    @expose
    def hello(self) -> str:
        return "hello"


@pytest.mark.parametrize("method", ["stream", "never", "stubborn"])
async def test_what_never_ends_holds_up_nobody_and_ends_with_its_socket(method: str) -> None:
    served = Endless()
    serve(hostile=served, access="public")
    async with socket() as other:
        async with socket() as client:
            request = {"path": f"hostile.{method}", "stream": True}
            await client.send({"jsonrpc": "2.0", "method": "rpc.call", "params": request, "id": "s"})
            assert await is_well(other)
        await until(lambda: served.ended)
        assert await is_well(other)


async def test_what_never_ends_is_answered_within_its_time() -> None:
    served = Endless()
    serve(hostile=served, access="public", timeout_s=0.3)
    async with socket() as client:
        for method in ("never", "stubborn"):
            assert await client.refused(f"hostile.{method}") == ErrorCode.TIMED_OUT
        await until(lambda: served.ended == 2)
        assert await is_well(client)
