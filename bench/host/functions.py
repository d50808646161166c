"""Functions that give another short text at each call; the contestants run the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable


def make_function(number: int) -> Callable[[], str]:
    """Return a function of its own name."""

    def reading() -> str:
        return f"{number}: {time.time_ns() % 10**9:09d}"

    reading.__name__ = reading.__qualname__ = f"reading_{number}"
    return reading
