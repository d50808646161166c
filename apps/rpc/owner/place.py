"""Where the owner process is found: one lock and one unix socket in the run folder, for this user only."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AbstractContextManager
from weakref import WeakSet

from ...core import local_socket
from ...core.run_dir import run_dir

_owners: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def lives_here() -> bool:
    """Whether the running loop is the owner's, so that its objects are the real ones."""
    return asyncio.get_running_loop() in _owners


def take_over() -> None:
    """Make the running loop the owner's."""
    _owners.add(asyncio.get_running_loop())


def held_lock() -> AbstractContextManager[None]:
    """Be the only owner inside the block. Raises AlreadyRuns when another process is."""
    return local_socket.only_one(run_dir("owner") / "lock", "owner")


def listen() -> socket.socket:
    """Return the socket on which the holder of the lock listens."""
    return local_socket.listen(run_dir("owner") / "socket")


def connect() -> socket.socket:
    """Return a socket that is connected to the owner. Raises OSError when none listens."""
    return local_socket.connect(run_dir("owner") / "socket")
