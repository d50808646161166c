"""What the processes of a cluster leave behind when they end, and who ends that."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from contextlib import suppress

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY_S = 0.01


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends; Linux only."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans(*, but: int | None) -> None:
    """Take leave of the children that have ended, ``but`` for one, whose end somebody else looks after."""
    with suppress(ChildProcessError):
        while True:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if dead is None or dead.si_pid == but:
                return
            os.waitpid(dead.si_pid, 0)


def end_descendants(*, limit_s: float) -> bool:
    """Kill all descendants, also those that are adopted only now; return whether none is left."""
    deadline = time.monotonic() + limit_s
    while True:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
