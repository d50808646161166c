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

_PING_EVERY_S = 5.0
_FIRST_PAGE_S = 5.0


@dataclass(eq=False, kw_only=True)
class LiveSession:
    """``id`` is a secret that the pages of the session know. Moments are those of ``time.monotonic()``, but
    ``started_at`` and ``ended_at`` (0 for one that runs) are those of the clock.

    ``handle`` is a descriptor of the process, so that no other one is met that has got its pid; -1 where the
    system has none.
    """

    id: str
    opening: Opening
    path: Path
    pid: int
    handle: int
    template: Template
    board: Board
    control: FramePipe
    log: Log
    started_at: float = field(default_factory=time.time)
    opened_at: float = field(default_factory=time.monotonic)
    heard_at: float = field(default_factory=time.monotonic)
    pinged_at: float = 0.0
    last_error: str = ""
    is_newest: bool = True
    end_reason: str = ""
    ended: bool = False
    ended_at: float = 0.0
    init: Any = None

    @property
    def instance(self) -> tuple[str, str, str]:
        return self.opening.owner, self.opening.app, self.opening.key

    @property
    def is_used(self) -> bool:
        """Whether somebody looks at it, or waits for it; one that is new is about to be asked."""
        seen = self.board.read()
        is_new = not seen["interactions"] and time.monotonic() - self.opened_at < _FIRST_PAGE_S
        return bool(is_new or seen["tabs"] or seen["busy_since"])

    def idle_since(self) -> float:
        """Return when it was last used; pushes of the app are no use."""
        return max(self.board.read()["acted_at"], self.opened_at)

    def tell(self, message: dict[str, Any]) -> None:
        self.control.write(message)

    def silent_s(self, now: float) -> float:
        """Return for how long it has owed an answer to a ping; one with tabs is sent one at times."""
        if self.pinged_at > self.heard_at:
            return now - self.pinged_at
        if now - self.heard_at > _PING_EVERY_S and self.board.read()["tabs"]:
            self.pinged_at = now
            self.tell({"type": "ping"})
        return 0.0

    def signal(self, signum: signal.Signals) -> None:
        if self.ended:
            return
        with suppress(ProcessLookupError):
            if self.handle >= 0:
                signal.pidfd_send_signal(self.handle, signum)
            else:
                os.kill(self.pid, signum)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def note_end(self) -> None:
        """Its process is no more."""
        self.ended = True
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


def open_handle(pid: int) -> int:
    """Return a descriptor of the process; -1 where the system has none, or the process has ended."""
    if not hasattr(os, "pidfd_open"):
        return -1
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1
