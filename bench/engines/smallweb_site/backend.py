"""The measured function as a task."""

from __future__ import annotations

from bench.engines import work
from smallweb.core import task


@task
def note(number: int, pause_s: float = 0) -> None:
    work.note(number, pause_s)
