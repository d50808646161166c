"""How far a method in the background is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DEFAULT_STATUS = "inProgress"

Report = Callable[[dict[str, Any]], None]


class Progress:
    """Say how far the work is: ``progress(number=1, title="Counting")``. A parameter with this annotation
    gets it, and ``self.progress`` is one. False outside of a worker, where what it is told is dropped.
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report

    def __bool__(self) -> bool:
        return self._report is not None

    def __call__(self, state: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Show this state, any JSON of up to 16 KiB, in place of the last. Raises TypeError, ValueError."""
        self.update_state(meta={**(state or {}), **more})

    def update_state(self, state: str = DEFAULT_STATUS, meta: Mapping[str, Any] | None = None) -> None:
        """Do the same in Celery's words; ``state`` is any name."""
        if self._report is not None:
            self._report({"status": str(state), "state": dict(meta or {})})
