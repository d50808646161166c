"""An attribute, a property or a tracked value behind a path."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw

from ...core.socket.calls import Call
from ...core.socket.pool import get_outlet, get_pool
from ...core.socket.protocol import ErrorCode, RpcError
from ...core.wire_types import decoder, place_of
from ..attributes import Attribute
from .base import Endpoint, Leave, Verb

_LETTERS = {"get": "r", "set": "w", "delete": "d"}


@dataclass(frozen=True, kw_only=True, eq=False)
class AttributeEndpoint(Endpoint):
    """What can be got, set and deleted, as ``mode`` says, through ``attribute``."""

    attribute: Attribute = field(repr=False)
    mode: str = "r"
    type: Any = Any
    channel: str | None = None
    reader: msgspec.json.Decoder[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", decoder(self.type))

    def start(self, call: Call) -> None:
        raise RpcError(ErrorCode.METHOD_NOT_FOUND, f"There is no method {self.name!r}.")

    def lane(self, call: Call) -> Hashable | None:
        """Keep the order in which one caller gets and sets what belongs to one object."""
        shared = super().lane(call)
        return ("caller", id(call.peer), self.object_name) if shared is None else shared

    def get(self, call: Call) -> None:
        call.observe = self.watches["get"]
        self._serve(call, "get", self.attribute.read)

    def set(self, call: Call, value: Raw) -> None:
        call.observe = self.watches["set"]
        new = self.read(value)
        self._serve(call, "set", partial(self.attribute.write, new))

    def delete(self, call: Call) -> None:
        call.observe = self.watches["delete"]
        self._serve(call, "delete", self.attribute.remove)

    def _serve(self, call: Call, verb: Verb, work: Callable[[], Any]) -> None:
        require_mode(self, verb)
        if self.attribute.is_plain:
            self.serve(call, verb, lambda leave: _now(call, work, leave))
        else:
            self.serve(call, verb, lambda leave: self._in_thread(call, work, leave))

    def _in_thread(self, call: Call, work: Callable[[], Any], leave: Leave) -> None:
        def run() -> str | None:
            call.started(timeout_s=self.limits.timeout_s)
            return call.encode(work())

        def done(text: str | None, error: BaseException | None) -> None:
            if error is None:
                call.answer(text)
            else:
                call.fail(error)
            leave()

        pool = get_pool()
        call.expect_start(within_s=self.limits.max_start_delay_s)
        job = pool.submit(run, done, get_outlet())
        call.abort = lambda: pool.give_up(job)

    def read(self, value: Raw) -> Any:
        """Return the value as what the attribute's type says. Raises RpcError -32602."""
        try:
            return self.reader.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
            words, place = place_of(str(error))
            where = f"{self.name}.{place}" if isinstance(place, str) else self.name
            data = {"code": "invalid_params", "field": where, "problem": words}
            raise RpcError(ErrorCode.INVALID_PARAMS, f"{where}: {words}.", data) from error


def require_mode(endpoint: AttributeEndpoint, verb: Verb) -> None:
    """Return if the attribute is there for this verb. Raises RpcError."""
    if _LETTERS[verb] not in endpoint.mode:
        text = f"{endpoint.name} is not there to {verb}; its mode is {endpoint.mode!r}."
        raise RpcError(ErrorCode.REFUSED, text, {"code": "wrong_mode"})


def _now(call: Call, work: Callable[[], Any], leave: Leave) -> None:
    call.succeed(work())
    leave()
