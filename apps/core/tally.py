"""How often something was asked for, and how long it took, in this process."""

from __future__ import annotations

from typing import NamedTuple

KEPT_TIMES = 64


class Figures(NamedTuple):
    """Since this process began; the times, in seconds, are of its last KEPT_TIMES calls."""

    calls: int
    errors: int
    median_s: float | None
    slow_s: float | None
    """What nineteen in twenty calls stay below."""


class Tally:
    """Counts calls and keeps the times of the last ones."""

    __slots__ = ("_times", "calls", "errors")

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self._times: list[float] = []

    def note(self, took_s: float, *, is_error: bool) -> None:
        """Count a call."""
        if len(self._times) < KEPT_TIMES:
            self._times.append(took_s)
        else:
            self._times[self.calls % KEPT_TIMES] = took_s
        self.calls += 1
        self.errors += is_error

    def figures(self) -> Figures:
        times = sorted(self._times)
        if not times:
            return Figures(0, 0, None, None)
        slow = times[min(len(times) - 1, len(times) * 19 // 20)]
        return Figures(self.calls, self.errors, times[len(times) // 2], slow)
