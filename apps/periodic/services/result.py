"""One run of a pass on its way to being recorded."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.invoke import Outcome
from ..models import JobRun


@dataclass
class Result:
    """``shown`` is what the run's tag shows after the pass; None when nothing was put into it."""

    run: JobRun
    outcome: Outcome
    shown: str | dict[str, str] | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the worker has ended the function because a person asked for it."""
        return not self.outcome.succeeded and self.run.cancel_requested_at is not None

    @property
    def will_retry(self) -> bool:
        return not self.outcome.succeeded and self.run.may_retry

    def fail(self, code: str, error: str) -> None:
        """The function did well, but its value could not be shown; a function's own failure stays."""
        self.shown = None
        if self.outcome.succeeded:
            self.outcome = Outcome(code=code, error=error, duration_s=self.outcome.duration_s)
