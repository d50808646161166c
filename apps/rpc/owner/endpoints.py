"""Endpoints of objects that live in the owner process: served there, forwarded from everywhere else."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw, UnsetType

from ...core.socket.calls import Call
from ...core.socket.lanes import get_lanes
from ..admission import admit
from ..endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from ..endpoints.attribute import require_mode
from ..endpoints.base import Limits, Verb
from .link import get_link
from .messages import Work
from .peer import OwnerPeer
from .place import lives_here


@dataclass(frozen=True, kw_only=True, eq=False)
class ForwardedFunction(FunctionEndpoint):
    """A method or function; its arguments are checked in the web process, and read in the owner."""

    def serve_with(
        self, call: Call, params: Raw | UnsetType, *, limits: Limits | None = None, stream: bool = False
    ) -> None:
        if lives_here():
            super().serve_with(call, params, limits=limits, stream=stream)
            return
        call.observe = self.watches["call"]
        self.parameters.read(params, of=self.name)
        text = None if isinstance(params, UnsetType) else bytes(params)
        _forward(self, call, "call", text, limits or self.limits, stream=stream and call.peer.can_stream)


@dataclass(frozen=True, kw_only=True, eq=False)
class ForwardedAttribute(AttributeEndpoint):
    """An attribute, a property or a tracked value."""

    def lane(self, call: Call) -> Hashable | None:
        """Keep the order of one caller: in the owner each call has a peer of its own."""
        if self.limits.locking == "none" and isinstance(call.peer, OwnerPeer):
            return ("caller", call.peer.caller, self.object_name)
        return super().lane(call)

    def get(self, call: Call) -> None:
        if lives_here():
            super().get(call)
            return
        call.observe = self.watches["get"]
        require_mode(self, "get")
        _forward(self, call, "get", None, self.limits)

    def set(self, call: Call, value: Raw) -> None:
        if lives_here():
            super().set(call, value)
            return
        call.observe = self.watches["set"]
        self.read(value)
        require_mode(self, "set")
        _forward(self, call, "set", bytes(value), self.limits)

    def delete(self, call: Call) -> None:
        if lives_here():
            super().delete(call)
            return
        call.observe = self.watches["delete"]
        require_mode(self, "delete")
        _forward(self, call, "delete", None, self.limits)


def forwarded(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint of an object that lives in the owner process."""
    kind: Any = ForwardedFunction if isinstance(endpoint, FunctionEndpoint) else ForwardedAttribute
    fields = [one.name for one in dataclasses.fields(endpoint) if one.init]
    made: Endpoint = kind(**{name: getattr(endpoint, name) for name in fields})
    return made


def _forward(
    endpoint: Endpoint, call: Call, verb: Verb, params: bytes | None, limits: Limits, *, stream: bool = False
) -> None:
    """Send the call once the caller may; the owner's own lanes and limits do the rest.

    A caller's calls of one object leave in the order of their coming.
    """

    def work(key: int) -> Work:
        return Work(
            key=key,
            caller=id(call.peer),
            user=_user_of(call),
            path=endpoint.name,
            verb=verb,
            id=None if isinstance(call.request.id, UnsetType) else msgspec.json.encode(call.request.id),
            params=params,
            waited_s=time.monotonic() - call.received_at,
            timeout_s=limits.timeout_s,
            start_within_s=limits.max_start_delay_s,
            stream=stream,
        )

    def run(leave: Callable[[], None]) -> None:
        get_link().send(call, work)
        leave()

    lanes, lane = get_lanes(), ("forward", id(call.peer), endpoint.object_name)
    call.expect_start(within_s=limits.max_start_delay_s)
    lanes.enter(lane, lambda: admit(call, endpoint, verb, run, lambda: lanes.leave(lane)))


def _user_of(call: Call) -> str | None:
    pk = getattr(call.peer.rights.actor.user, "pk", None)
    return None if pk is None else str(pk)
