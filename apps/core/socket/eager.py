"""Run a coroutine now, and make a task of it only if it has to wait."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


def run_as_far_as_it_goes(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None] | None:
    """Run ``work`` until it waits, and return its rest; None when it has ended. Raises what it raises.

    Most sends of most servers never wait, and a task for each would cost more than they do. The first
    part runs in no task of its own, so it must not ask for the current one (as asyncio.timeout does).
    """
    try:
        first = work.send(None)
    except StopIteration:
        return None
    return _rest(work, first)


@coroutine
def _rest(work: Coroutine[Any, Any, None], waited_for: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that waits for ``waited_for``."""
    while True:
        try:
            value = yield waited_for
        except BaseException as error:
            step = work.throw
            given: Any = error
        else:
            step, given = work.send, value  # type: ignore[assignment]
        try:
            waited_for = step(given)
        except StopIteration:
            return
