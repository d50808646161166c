"""The table of what can be called over the socket; each app adds its own methods."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec import Raw, UnsetType

from ..registry import Entry, Registry
from .calls import Call
from .protocol import ErrorCode, RpcError

Handler = Callable[..., Coroutine[Any, Any, Any]]
H = TypeVar("H", bound=Handler)


class NoParams(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of a method that takes none."""


@dataclass(frozen=True)
class Answer:
    """A result, and what to do once it stands in the connection's queue, before anything else does."""

    result: Any
    afterwards: Callable[[], None]


class Method(Entry):
    """Something that can be called by its name."""

    def start(self, call: Call) -> None:
        """Begin to serve the call, and see that it is answered. May raise instead: that is the answer."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class SocketMethod(Method):
    """A coroutine function of the suite's own, and how its parameters are read."""

    handler: Handler
    decode: Callable[[Raw | UnsetType], Any]

    def start(self, call: Call) -> None:
        params = self.decode(call.request.params)
        run_task(call, lambda: self.handler(call.peer, params))


def run_task(call: Call, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Answer the call with what the coroutine of ``work`` returns or raises."""
    task = asyncio.get_running_loop().create_task(_answer(call, work))
    _running.add(task)
    task.add_done_callback(_running.discard)
    call.abort = task.cancel


async def _answer(call: Call, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    try:
        result = await work()
    except asyncio.CancelledError:
        call.fail(RpcError(ErrorCode.CANCELLED, "The call was cancelled."))
        raise
    except BaseException as error:  # users' code may raise SystemExit, which would end the server
        call.fail(error)
    else:
        if isinstance(result, Answer):
            call.succeed(result.result, result.afterwards)
        else:
            call.succeed(result)


_running: set[asyncio.Task[None]] = set()
"""Held here, for a loop holds its tasks only weakly."""

socket_methods: Registry[Method] = Registry("socket method")


def socket_method(name: str) -> Callable[[H], H]:
    """Register ``async def f(peer, params: SomeStruct) -> Any`` under this name.

    Clients give the struct's fields by name or by position; types are checked strictly, and
    unknown fields are refused if the struct forbids them, surplus positions always.
    """

    def register(handler: H) -> H:
        socket_methods.register(_entry(name, handler))
        return handler

    return register


def _entry(name: str, handler: Handler) -> SocketMethod:
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{handler!r} is no coroutine function; write 'async def'.")
    second = list(inspect.signature(handler).parameters)[1]
    return SocketMethod(
        name=name,
        origin=f"{handler.__module__}.{handler.__qualname__}",
        handler=handler,
        decode=params_reader(name, get_type_hints(handler)[second]),
    )


def params_reader(name: str, params_type: type[msgspec.Struct]) -> Callable[[Raw | UnsetType], Any]:
    """Return what reads the parameters of the method ``name``, an object or an array of the struct's fields.

    It raises RpcError -32602.
    """
    by_name = msgspec.json.Decoder(params_type)
    by_position = msgspec.json.Decoder(_array_twin(params_type))

    def read(params: Raw | UnsetType) -> Any:
        text = b"[]" if isinstance(params, UnsetType) else bytes(params)
        try:
            if text[:1] == b"{":
                return by_name.decode(text)
            return params_type(*msgspec.structs.astuple(by_position.decode(text)))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise RpcError(ErrorCode.INVALID_PARAMS, f"{name}: {error}.") from error

    return read


def _array_twin(params_type: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Make the struct that reads the same fields from a JSON array."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(params_type):
        if field.default_factory is not msgspec.NODEFAULT:
            default: Any = msgspec.field(default_factory=field.default_factory)
        else:
            default = field.default
        fields.append(
            (field.name, field.type) if default is msgspec.NODEFAULT else (field.name, field.type, default)
        )
    return msgspec.defstruct(
        f"{params_type.__name__}Array", fields, array_like=True, forbid_unknown_fields=True
    )
