"""Which process trees of this machine live: each holds a lock on a file of its own.

The kernel lets go of it with the last process of the tree, so that whoever starts next knows at once
whose work is free, before the leases are over.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
import uuid
from pathlib import Path

from ..processes import PROCESS_TREE
from ..run_dir import run_dir

logger = logging.getLogger(__name__)

_SUFFIX = ".tree"


def live_as(tree: uuid.UUID = PROCESS_TREE, *, wait_s: float = 2.0) -> int:
    """Count this tree among the living as long as this process, or a fork of it, has the descriptor.

    What is left of an earlier tree of this name has ``wait_s`` seconds to end; if something stays, it is
    only told, for then the leases decide.
    """
    fd = _open(run_dir("trees") / f"{tree.hex}{_SUFFIX}")
    until = time.monotonic() + wait_s
    while not _is_locked(fd):
        if time.monotonic() >= until:
            logger.warning("tree=%s: a process of an earlier tree of this name is still there", tree)
            break
        time.sleep(0.02)
    return fd


def bury_dead_trees() -> list[uuid.UUID]:
    """Return the trees that have ended without a word; each is returned once."""
    found = sorted(run_dir("trees").glob(f"*{_SUFFIX}"))
    return [uuid.UUID(path.stem) for path in found if _is_dead(path)]


def _is_dead(path: Path) -> bool:
    fd = _open(path)
    try:
        is_dead = _is_locked(fd)
        if is_dead:
            path.unlink(missing_ok=True)
        return is_dead
    finally:
        os.close(fd)


def _is_locked(fd: int) -> bool:
    """Lock the file; return whether nobody else holds it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
