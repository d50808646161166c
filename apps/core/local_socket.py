"""Unix sockets in the run folder, between processes of this user."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .exceptions import AlreadyRuns

MAX_ADDRESS_BYTES = 100
_CREDENTIALS = struct.Struct("3i")
_BACKLOG = 128


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file inside the block. Raises AlreadyRuns when another process does; its pid is in it."""
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            text = f"The {what} process runs already (pid {pid}); there is one for each RUN_DIR."
            raise AlreadyRuns(text) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def listen(path: Path) -> socket.socket:
    """Return a socket that listens there, in place of one that was left; nobody else may connect to it."""
    with suppress(FileNotFoundError):
        path.unlink()
    sock = socket.socket(socket.AF_UNIX)
    with _address(path) as address:
        sock.bind(address)
    path.chmod(0o600)
    sock.listen(_BACKLOG)
    sock.setblocking(False)
    return sock


def connect(path: Path) -> socket.socket:
    """Return a socket that is connected to the one that listens there. Raises OSError when none does."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.setblocking(False)
        with _address(path) as address:
            sock.connect(address)  # a unix socket connects at once, or fails
        if not is_of_this_user(sock):
            raise PermissionError(f"Another user listens on {path}.")
    except BaseException:
        sock.close()
        raise
    return sock


def is_of_this_user(sock: Any) -> bool:
    """Whether the other end of a unix socket is a process of our user; the folder's mode says so, too."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(told)
    return bool(uid == os.geteuid())


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield an address of the path that is short enough for a unix socket."""
    if len(os.fsencode(path)) <= MAX_ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
