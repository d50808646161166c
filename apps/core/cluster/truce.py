"""After a jump of the clock nobody is taken for dead at once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

JUMP_S = 5.0
TRUCE_S = 10.0


class Truce:
    """When the clock jumps ahead all leases look over; their holders get TRUCE_S to renew them."""

    def __init__(self) -> None:
        self._looked_at: tuple[datetime, float] | None = None
        self._until = 0.0

    def is_on(self, now: datetime) -> bool:
        """Whether the clock has jumped ahead a moment ago, as it does when a machine wakes up."""
        uptime_s = time.monotonic()
        if self._looked_at is not None:
            jump = now - self._looked_at[0] - timedelta(seconds=uptime_s - self._looked_at[1])
            if jump > timedelta(seconds=JUMP_S):
                self._until = uptime_s + TRUCE_S
        self._looked_at = now, uptime_s
        return uptime_s < self._until
