"""The one child in which a worker calls user code of all kinds, so that module state is shared by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..registry import Entry, Registry
from .child import CallRequest
from .host import CallHost
from .outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class CallKind(Entry):
    """``answer(request)`` makes the call in the child; ``name`` is the request's ``kind``."""

    answer: Callable[[CallRequest], Outcome]


call_kinds: Registry[CallKind] = Registry("kind of call")


def _answer(request: CallRequest) -> Outcome:
    return call_kinds.get(request.kind).answer(request)


worker_host = CallHost(_answer)
