"""How often a connection may ask."""

from __future__ import annotations


class TokenBucket:
    """Lets ``burst`` requests pass at once and ``rate`` a second in the long run; times are in seconds."""

    def __init__(self, *, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def is_full(self, *, now: float) -> bool:
        """Whether nothing was asked for so long that a new one would be the same."""
        return self._tokens + (now - self._at) * self._rate >= self._burst

    def take(self, count: int, *, now: float) -> bool:
        """Whether ``count`` more requests may pass now."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if count > self._tokens:
            return False
        self._tokens -= count
        return True
