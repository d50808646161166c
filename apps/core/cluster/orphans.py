"""What the processes of a cluster leave behind when they end, and who ends that."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Collection
from contextlib import suppress

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY_S = 0.01


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends; Linux only."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans(*, but: Collection[int | None] = ()) -> None:
    """Take leave of the children that have ended, ``but`` for those whose end somebody else looks after."""
    with suppress(ChildProcessError):
        while True:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if dead is None or dead.si_pid in but:
                return
            os.waitpid(dead.si_pid, 0)


def end_descendants(*, limit_s: float, but: Collection[int] = ()) -> bool:
    """Kill all descendants, also those that are adopted only now, ``but`` for these children and what is
    below them; return whether no other is left.
    """
    deadline = time.monotonic() + limit_s
    looks_in_vain = 0
    while looks_in_vain < 2:  # a look misses what is adopted while it lasts
        left = _descendants(but)
        looks_in_vain = 0 if left else looks_in_vain + 1
        for child in left:
            with suppress(psutil.NoSuchProcess):
                child.kill()
            with suppress(ChildProcessError):
                os.waitpid(child.pid, os.WNOHANG)
        if left and time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_EVERY_S if left else 0)
    return True


def _descendants(but: Collection[int]) -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    spared = set(but)
    for pid in but:
        with suppress(psutil.NoSuchProcess):
            spared |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return [child for child in found if child.pid not in spared]
