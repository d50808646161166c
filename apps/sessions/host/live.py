"""A session that runs now."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..program.board import Board
from ..program.wire import FramePipe
from .log import Log
from .spec import Opening
from .template import Template


@dataclass(eq=False, kw_only=True)
class LiveSession:
    """``id`` is a secret that the pages of the session know. Moments are those of ``time.monotonic()``."""

    id: str
    opening: Opening
    path: Path
    pid: int
    template: Template
    board: Board
    control: FramePipe
    log: Log
    started_at: float = field(default_factory=time.time)
    opened_at: float = field(default_factory=time.monotonic)
    last_error: str = ""
    is_newest: bool = True
    end_reason: str = ""
    ended: bool = False

    @property
    def tabs(self) -> int:
        return int(self.board.read()["tabs"])

    def idle_since(self) -> float:
        """Return when it was last used; pushes of the app are no use."""
        return max(self.board.read()["acted_at"], self.opened_at)

    def busy_since(self) -> float:
        """Return when the interaction that runs now began; 0 for none."""
        return self.board.read()["busy_since"]

    def tell(self, message: dict[str, Any]) -> None:
        self.control.write(message)

    def kill(self) -> None:
        if not self.ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
