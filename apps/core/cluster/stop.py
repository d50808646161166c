"""How the members of a cluster know that it shall end, and until when: memory that all of them share."""

from __future__ import annotations

import mmap
import struct
import time

_UNTIL = struct.Struct("d")
_memory = mmap.mmap(-1, _UNTIL.size)


def request_stop(grace_s: float) -> None:
    """Have this process and all that it has forked begin nothing new, and end what runs after ``grace_s``."""
    _memory[:] = _UNTIL.pack(time.monotonic() + grace_s)


def take_back_stop() -> None:
    _memory[:] = _UNTIL.pack(0.0)


def is_stopping() -> bool:
    return _until() != 0.0


def has_to_end() -> bool:
    """Whether the grace is over, too."""
    until = _until()
    return until != 0.0 and time.monotonic() >= until


def _until() -> float:
    (until,) = _UNTIL.unpack(_memory[:])
    return float(until)
