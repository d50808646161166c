"""What all endpoints have in common: a path, rules, limits, and the way of a call through them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ...core.socket.calls import Call
from ...core.socket.lanes import get_lanes
from ...core.socket.methods import Method
from ..admission import admit
from ..services.watch_calls import CallWatch

if TYPE_CHECKING:
    from ..parameters import Parameter

Verb = Literal["get", "set", "delete", "call"]
Rules = Mapping[str, str]
"""The access rule before each verb."""

Leave = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """``locking``: ``none``, ``object``, or the name of a lock; calls behind one lock run one at a time."""

    locking: str = "none"
    timeout_s: float = 30.0
    max_start_delay_s: float = 3.0

    def lower(self, *, timeout_s: float | None, start_within_s: float | None) -> Limits:
        """Return the limits as far as a caller makes them lower."""
        if timeout_s is None and start_within_s is None:
            return self
        return Limits(
            locking=self.locking,
            timeout_s=min(self.timeout_s, self.timeout_s if timeout_s is None else timeout_s),
            max_start_delay_s=min(
                self.max_start_delay_s, self.max_start_delay_s if start_within_s is None else start_within_s
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint(Method):
    """One member that clients reach. ``name`` is its path, ``object_name`` the served object's name.

    ``rules`` are the member's own, of some verbs or none; for others the object's hold, ``object_rules``.
    """

    object_name: str
    rules: Rules
    object_rules: Rules
    limits: Limits
    doc: str = ""
    source: str | None = field(default=None, repr=False)

    @property
    def listed(self) -> Sequence[Parameter]:
        """The parameters of what can be called."""
        return ()

    @cached_property
    def watches(self) -> Mapping[Verb, CallWatch]:
        """What hears of the end of its calls, for each verb."""
        verbs: tuple[Verb, ...] = ("get", "set", "delete", "call")
        return {verb: CallWatch(self.name, verb, self.listed) for verb in verbs}

    def lane(self, call: Call) -> Hashable | None:
        """Return the lane in which the call has to run; None when it may run beside all others."""
        if self.limits.locking == "none":
            return None
        if self.limits.locking == "object":
            return ("object", self.object_name)
        return ("lock", self.limits.locking)

    def serve(self, call: Call, verb: Verb, run: Callable[[Leave], None]) -> None:
        """Have ``run`` do the work, once its lane is free and if the caller may.

        ``run`` answers the call, or raises, and calls what it is given once the work has really ended.
        """
        lane = self.lane(call)
        if lane is None:
            admit(call, self, verb, run, _stay)
            return
        lanes = get_lanes()
        call.expect_start(within_s=self.limits.max_start_delay_s)
        lanes.enter(lane, lambda: admit(call, self, verb, run, lambda: lanes.leave(lane)))


def _stay() -> None:
    """Leave no lane."""
