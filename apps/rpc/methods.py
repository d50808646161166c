"""What the socket serves for objects: get, set, delete, call, describe, discover, and the ways to cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from ..core.socket.calls import Call
from ..core.socket.methods import Method, NoParams, params_reader, socket_method, socket_methods
from ..core.socket.peer import Peer
from ..core.socket.protocol import RequestId
from .admission import not_found
from .describe import describe
from .endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from .openrpc import discover
from .registry import endpoints
from .services.log_calls import call_log

Seconds = Annotated[float, Meta(gt=0)]


class Path(msgspec.Struct, forbid_unknown_fields=True):
    path: str


class Set(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    value: Raw


class CallParams(msgspec.Struct, forbid_unknown_fields=True):
    """A call with more than its arguments; times are in seconds."""

    path: str
    args: list[Raw] | UnsetType = UNSET
    kwargs: dict[str, Raw] | UnsetType = UNSET
    timeout_s: Seconds | None = None
    start_within_s: Seconds | None = None
    stream: bool = False


class Cancel(msgspec.Struct, forbid_unknown_fields=True):
    id: RequestId


class Describe(msgspec.Struct, forbid_unknown_fields=True):
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class DirectMethod(Method):
    """A method that serves its call itself, at once and in the order of the calls."""

    read: Callable[[Raw | UnsetType], Any]
    run: Callable[[Call, Any], None]

    def start(self, call: Call) -> None:
        self.run(call, self.read(call.request.params))


def direct_method(name: str, params: type[msgspec.Struct]) -> Callable[[Callable[[Call, Any], None]], Any]:
    """Register ``def f(call, params)`` under this name; it answers the call, or raises."""

    def register(run: Callable[[Call, Any], None]) -> Any:
        origin = f"{run.__module__}.{run.__qualname__}"
        read = params_reader(name, params)
        return socket_methods.register(DirectMethod(name=name, origin=origin, read=read, run=run))

    return register


@direct_method("rpc.get", Path)
def get(call: Call, params: Path) -> None:
    """Return an attribute's value."""
    _attribute(call, params.path, "get").get(call)


@direct_method("rpc.set", Set)
def set_(call: Call, params: Set) -> None:
    """Set an attribute; true is returned."""
    _attribute(call, params.path, "set").set(call, params.value)


@direct_method("rpc.delete", Path)
def delete(call: Call, params: Path) -> None:
    """Delete an attribute; true is returned."""
    _attribute(call, params.path, "delete").delete(call)


@direct_method("rpc.call", CallParams)
def call_(call: Call, params: CallParams) -> None:
    """Call a method, with lower limits than its own, or for its items one by one (stream)."""
    endpoint = endpoints.find(params.path)
    if not isinstance(endpoint, FunctionEndpoint):
        call_log.count_unknown()
        raise not_found(call, params.path, "call")
    call.observe = endpoint.watches["call"]
    limits = endpoint.limits.lower(timeout_s=params.timeout_s, start_within_s=params.start_within_s)
    given = endpoint.parameters.merged(params.args, params.kwargs, of=endpoint.name)
    endpoint.serve_with(call, given, limits=limits, stream=params.stream)


@direct_method("rpc.cancel", Cancel)
def cancel(call: Call, params: Cancel) -> None:
    """Give up a running call; false when there is none of this id."""
    call.succeed(call.peer.cancel(params.id))


@direct_method("$/cancelRequest", Cancel)
def cancel_request(call: Call, params: Cancel) -> None:
    call.succeed(call.peer.cancel(params.id))


@socket_method("rpc.describe")
async def describe_(peer: Peer, params: Describe) -> Any:
    """Say what this caller may call, get and set."""
    return await describe(peer, params.path)


@socket_method("rpc.discover")
async def discover_(peer: Peer, params: NoParams) -> dict[str, Any]:
    """Return the OpenRPC document of what this caller may call."""
    return await discover(peer)


def _attribute(call: Call, path: str, verb: str) -> AttributeEndpoint:
    endpoint: Endpoint | None = endpoints.find(path)
    if not isinstance(endpoint, AttributeEndpoint):
        call_log.count_unknown()
        raise not_found(call, path, verb)
    return endpoint
