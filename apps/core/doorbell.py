"""Wake-ups between the processes of one machine: a datagram that says "look again", nothing more.

A bell carries no data and may be lost (a full socket, a system without unix sockets): whoever
listens must also look by itself now and then. A ring costs some tens of microseconds and holds nothing open.
"""

from __future__ import annotations

import logging
import os
import secrets
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from .exceptions import SmallwebError
from .run_dir import run_dir

logger = logging.getLogger(__name__)

DEAF_POLL_S = 0.05
_SUFFIX = ".bell"


def ring(name: str) -> None:
    """Wake every listener of this name; sockets that nobody holds any more are unlinked. Never raises."""
    try:
        _ring_all(run_dir("bells", name))
    except (OSError, SmallwebError) as error:
        logger.warning("bell=%s could not be rung: %s", name, error)


class Doorbell:
    """A listener for one name. After a fork the child gets its own socket at its first use.

    Where no socket can be had it is deaf: ``fileno`` is -1 and ``wait`` returns True after 50 ms,
    so that a caller which looks after each wake-up polls instead.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._open()

    def _open(self) -> None:
        self._pid = os.getpid()
        self._path = run_dir("bells", self.name) / f"{self._pid}-{secrets.token_hex(4)}{_SUFFIX}"
        self._socket = _listen(self._path)

    def _own(self) -> socket.socket | None:
        if self._pid != os.getpid():
            if self._socket is not None:
                self._socket.close()
            self._open()
        return self._socket

    def fileno(self) -> int:
        own = self._own()
        return -1 if own is None else own.fileno()

    def wait(self, timeout_s: float) -> bool:
        """Return True as soon as it was rung, False after ``timeout_s``; this answers all rings so far."""
        own = self._own()
        if own is None:
            time.sleep(min(timeout_s, DEAF_POLL_S))
            return True
        if not _readable(own, timeout_s):
            return False
        self.clear()
        return True

    def clear(self) -> bool:
        """Forget the rings so far and return whether there was any."""
        own = self._own()
        was_rung = False
        with suppress(BlockingIOError):
            while own is not None:
                own.recv(1)
                was_rung = True
        return was_rung

    def close(self) -> None:
        """Stop listening; harmless when repeated, and in a forked child."""
        if self._socket is None:
            return
        self._socket.close()
        self._socket = None
        if self._pid == os.getpid():
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Doorbell:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _listen(path: Path) -> socket.socket | None:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        return None
    listener = socket.socket(family, socket.SOCK_DGRAM)
    listener.setblocking(False)
    try:
        with _short(path.parent) as folder:
            listener.bind(f"{folder}/{path.name}")
    except OSError as error:
        listener.close()
        logger.warning("bell=%s is deaf, it polls instead: %s", path.parent.name, error)
        return None
    return listener


def _ring_all(folder: Path) -> None:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        return
    with socket.socket(family, socket.SOCK_DGRAM) as sender, _short(folder) as short:
        sender.setblocking(False)
        for entry in os.scandir(folder):
            if entry.name.endswith(_SUFFIX):
                _ring_one(sender, f"{short}/{entry.name}")


def _ring_one(sender: socket.socket, address: str) -> None:
    try:
        sender.sendto(b"!", address)
    except ConnectionRefusedError:
        Path(address).unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):
        pass  # A full socket will wake its listener anyway; a missing one has just been closed.


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Give a name of the folder that fits the 108 bytes of a unix socket's address, however deep it lies."""
    if not sys.platform.startswith("linux"):
        yield str(folder)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _readable(own: socket.socket, timeout_s: float) -> bool:
    poll = select.poll()  # select.select() fails for descriptors above 1023.
    poll.register(own, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))
