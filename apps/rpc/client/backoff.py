"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 30.0


def reconnect_delay_s(attempt: int, *, chance: Callable[[], float] = random.random) -> float:
    """Return the delay before the n-th attempt (0, 1, 2…): doubled each time, half of it by chance."""
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt, 20))
    return longest / 2 + chance() * longest / 2
