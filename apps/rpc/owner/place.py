"""Where the owner process is found: one lock and one unix socket in the run folder, for this user only."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

from ...core.run_dir import run_dir
from ..exceptions import OwnerRuns

MAX_ADDRESS_BYTES = 100
_CREDENTIALS = struct.Struct("3i")

_owners: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def lives_here() -> bool:
    """Whether the running loop is the owner's, so that its objects are the real ones."""
    return asyncio.get_running_loop() in _owners


def take_over() -> None:
    """Make the running loop the owner's."""
    _owners.add(asyncio.get_running_loop())


@contextmanager
def held_lock() -> Iterator[None]:
    """Be the only owner inside the block. Raises OwnerRuns when another process is."""
    path = run_dir("owner") / "lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            text = f"The owner process runs already (pid {pid}); there is one for each RUN_DIR."
            raise OwnerRuns(text) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def listen() -> socket.socket:
    """Return the socket on which the holder of the lock listens; nobody else may connect to it."""
    path = _socket_path()
    with suppress(FileNotFoundError):
        path.unlink()  # of an owner that was killed
    sock = socket.socket(socket.AF_UNIX)
    with _address(path) as address:
        sock.bind(address)
    path.chmod(0o600)
    sock.listen(128)
    sock.setblocking(False)
    return sock


def connect() -> socket.socket:
    """Return a socket that is connected to the owner. Raises OSError when none listens."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.setblocking(False)
        with _address(_socket_path()) as address:
            sock.connect(address)  # a unix socket connects at once, or fails
        if not is_of_this_user(sock):
            raise PermissionError("Another user listens on the owner's socket.")
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


def _socket_path() -> Path:
    return run_dir("owner") / "socket"


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
