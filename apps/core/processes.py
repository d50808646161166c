"""Processes that end with the process that made them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import uuid
from contextlib import suppress
from pathlib import Path

# This process and all that it forks; a supervisor gives it on, so that a restart knows what was its own.
PROCESS_TREE = uuid.UUID(os.environ["SMALLWEB_TREE"]) if "SMALLWEB_TREE" in os.environ else uuid.uuid4()

# Where a process that is started anew when it ends may say that it has done some work.
WORKED_FD = "SMALLWEB_WORKED_FD"

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


def say_worked() -> None:
    """Tell the process that keeps this one running that it is of use; harmless when nobody does."""
    if fd := os.environ.pop(WORKED_FD, ""):
        with suppress(OSError):
            os.write(int(fd), b"!")
            os.close(int(fd))


def manage() -> list[str]:
    """Return the command line that this command was started with, up to its name."""
    started = Path(sys.argv[0])
    is_module = started.name == "__main__.py"
    return [sys.executable, *(["-m", started.parent.name] if is_module else [str(started)])]
