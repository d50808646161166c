"""Which consumers of this machine live: each holds a lock on a file that has its name.

The kernel lets go of the lock when the process ends, so that the others know at once what is free.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...core.run_dir import run_dir

_MAX_HOST = 40
_KEPT_S = 3600.0


@contextmanager
def living_holder(queue: str) -> Iterator[str]:
    """Give a name that no other consumer has; inside the block, and while this process lives, it lives."""
    _forget_old(_folder(queue), before=time.time() - _KEPT_S)
    holder = f"{socket.gethostname()[:_MAX_HOST]}-{os.getpid()}-{secrets.token_hex(4)}"
    path = _folder(queue) / holder
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield holder
    finally:
        path.unlink(missing_ok=True)
        os.close(fd)


def is_dead(queue: str, holder: str) -> bool:
    """Whether it was a consumer of this machine and is no more; of those elsewhere only the lease tells."""
    try:
        return _is_free(_folder(queue) / holder)
    except FileNotFoundError:
        return False


def count_living(queue: str) -> int:
    """Return how many processes on this machine consume the queue."""
    return sum(1 for path in _folder(queue).iterdir() if not is_dead(queue, path.name))


def _is_free(path: Path) -> bool:
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def _forget_old(folder: Path, *, before: float) -> None:
    """Remove the files of those that were killed, long after their leases are over."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before and _is_free(path):
                path.unlink()


def _folder(queue: str) -> Path:
    return run_dir("consumers", queue)
