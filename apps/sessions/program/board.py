"""What a session's process tells its host about itself, in memory that both share.

The host looks at it from outside, so that it sees an app that is stuck; no message is sent, so that the host
has nothing to do while an app works.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import time

_FIELDS = ("busy_since", "acted_at", "interactions", "tabs")
_NUMBER = struct.Struct("=d")
_SIZE = mmap.PAGESIZE


def make_board() -> int:
    """Return the descriptor of a new board."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("smallweb-session", os.MFD_CLOEXEC)
    else:
        fd, name = tempfile.mkstemp()
        os.unlink(name)  # noqa: PTH108
    os.ftruncate(fd, _SIZE)
    return fd


class Board:
    """Numbers that one process writes and another reads.

    ``busy_since``: when the oldest interaction that still runs began, 0 for none. ``acted_at``: when the last
    one began or ended. Both are those of ``time.monotonic()``, which is the machine's. ``interactions`` and
    ``tabs`` count.
    """

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, _SIZE)
        self._last: dict[str, float] | None = None

    def read(self) -> dict[str, float]:
        """Return the numbers; of a board that was closed those that stood there at the end."""
        if self._last is not None:
            return self._last
        return {
            name: _NUMBER.unpack_from(self._memory, place * _NUMBER.size)[0]
            for place, name in enumerate(_FIELDS)
        }

    def write(self, name: str, value: float) -> None:
        _NUMBER.pack_into(self._memory, _FIELDS.index(name) * _NUMBER.size, value)

    def close(self) -> None:
        """Let go of the memory."""
        self._last = self.read()
        self._memory.close()


class Activity:
    """Which interactions run now, told by a board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._running: dict[int, float] = {}
        self._count = 0
        self._tabs = 0

    def begin(self) -> int:
        """Count an interaction; return its number for ``end``."""
        now = time.monotonic()
        self._count += 1
        self._running[self._count] = now
        self._tell(now)
        self._board.write("interactions", self._count)
        return self._count

    def end(self, number: int) -> None:
        """The interaction has had its answer; one that has ended already is none."""
        if self._running.pop(number, None) is not None:
            self._tell(time.monotonic())

    def _tell(self, now: float) -> None:
        self._board.write("busy_since", next(iter(self._running.values()), 0.0))
        self._board.write("acted_at", now)

    def add_tabs(self, count: int) -> None:
        """A browser has come (1) or gone (-1)."""
        self._tabs += count
        self._board.write("tabs", self._tabs)
