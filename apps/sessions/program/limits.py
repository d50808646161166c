"""What a session's process may take of the machine."""

from __future__ import annotations

import resource
import threading
from collections.abc import Mapping
from typing import Any

_MIB = 2**20
_STACK_BYTES = 2 * _MIB


def set_limits(limits: Mapping[str, Any]) -> None:
    """Have the kernel keep them, in this process and all that it starts.

    ``memory_mb``: data of its own beyond what it begins with; past it the app meets MemoryError. ``cpu_s``:
    of processor time in its whole life; past it the process ends. ``file_mb``: of each file that it writes.
    ``open_files``. What is 0 or absent has no limit.
    """
    if limits.get("memory_mb"):
        threading.stack_size(_STACK_BYTES)  # all of a stack counts as data, used or not
        _set(resource.RLIMIT_DATA, _data_bytes() + int(limits["memory_mb"] * _MIB))
    if limits.get("cpu_s"):
        _set(resource.RLIMIT_CPU, int(limits["cpu_s"]), grace=1)  # at the first it ends by SIGXCPU
    if limits.get("file_mb"):
        _set(resource.RLIMIT_FSIZE, int(limits["file_mb"] * _MIB))
    if limits.get("open_files"):
        _set(resource.RLIMIT_NOFILE, int(limits["open_files"]))
    _set(resource.RLIMIT_CORE, 0)


def _set(kind: int, value: int, *, grace: int = 0) -> None:
    most = resource.getrlimit(kind)[1]
    hard = value + grace if most == resource.RLIM_INFINITY else min(value + grace, most)
    resource.setrlimit(kind, (min(value, hard), hard))


def _data_bytes() -> int:
    """Return what counts as data of this process now, 0 where the system does not say."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmData:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
