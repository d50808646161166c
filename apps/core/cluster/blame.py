"""Whose death ended a process tree: memory that all processes of a cluster share.

The tree takes the other workers with it. What they ran must not be lost for what their neighbour ran.
"""

from __future__ import annotations

import mmap
import struct

_PID = struct.Struct("i")
_NOBODY = 0
_memory = mmap.mmap(-1, _PID.size)


def blame(worker_pid: int) -> None:
    """Record that the tree ends because this worker was killed."""
    _memory[:] = _PID.pack(worker_pid)


def blame_nobody() -> None:
    blame(_NOBODY)


def is_bystander(worker_pid: int | None) -> bool:
    """Whether another worker is known to be the one that was killed."""
    (blamed,) = _PID.unpack(_memory[:])
    return blamed not in (_NOBODY, worker_pid)
