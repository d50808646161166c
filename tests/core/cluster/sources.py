"""Work that is what a test says."""

from __future__ import annotations

import uuid
from datetime import datetime

from smallweb.core.cluster.work import Hint, WorkSource


class Source:
    """A source whose work is what a test says."""

    def __init__(self, name: str = "tests") -> None:
        self.due: list[Hint] = []
        self.next_at: datetime | None = None
        self.ran: list[int] = []
        self.recovered: list[uuid.UUID | None] = []
        self.is_broken = False
        self.entry = WorkSource(
            name=name, find=self._find, next_at=lambda now: self.next_at, run=self._run, recover=self._recover
        )

    def _find(self, now: datetime) -> list[Hint]:
        if self.is_broken:
            raise RuntimeError("broken")
        return self.due

    def _run(self, key: int) -> None:
        self.ran.append(key)
        if self.is_broken:
            raise RuntimeError("broken")

    def _recover(self, now: datetime, dead_tree: uuid.UUID | None) -> int:
        self.recovered.append(dead_tree)
        if self.is_broken:
            raise RuntimeError("broken")
        return 1
