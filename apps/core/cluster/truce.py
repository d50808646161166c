"""After a jump of the clock, or a stall of everything, nobody is taken for dead at once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

JUMP_S = 5.0
STALL_S = 10.0
TRUCE_S = 10.0


class Truce:
    """When the clock jumps ahead all leases look over; their holders get TRUCE_S to renew them.

    So they do when looks were far apart: what stopped them, a database that is locked or away, stopped
    the holders too.
    """

    def __init__(self) -> None:
        self._looked_at: tuple[datetime, float] | None = None
        self._until = 0.0

    def is_on(self, now: datetime) -> bool:
        """Whether the clock has jumped ahead a moment ago, as when a machine wakes up, or all stood still."""
        uptime_s = time.monotonic()
        if self._looked_at is not None:
            pause_s = uptime_s - self._looked_at[1]
            jump = now - self._looked_at[0] - timedelta(seconds=pause_s)
            if jump > timedelta(seconds=JUMP_S) or pause_s > STALL_S:
                self._until = uptime_s + TRUCE_S
        self._looked_at = now, uptime_s
        return uptime_s < self._until
