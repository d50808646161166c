"""Processes that end with the process that made them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import uuid

# This process and all that it forks; a supervisor gives it on, so that a restart knows what was its own.
PROCESS_TREE = uuid.UUID(os.environ["SMALLWEB_TREE"]) if "SMALLWEB_TREE" in os.environ else uuid.uuid4()

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` (its pid) ends; Linux only.

    Call it first in a child: when the parent is gone already, the child exits at once.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
