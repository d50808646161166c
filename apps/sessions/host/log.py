"""The newest lines of what a session prints."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

KEPT_BYTES = 64 * 1024
_READ_BYTES = 64 * 1024
_PAUSE_S = 0.05
"""After a full read: what prints without end waits, and the host has time for others."""
_LAST_READS = 4


class Log:
    """Reads a pipe until its end, and keeps the last KEPT_BYTES."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._kept = bytearray()
        os.set_blocking(fd, False)
        self._loop = asyncio.get_running_loop()
        self._listen()

    def _listen(self) -> None:
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self._kept += data
        if len(self._kept) > 2 * KEPT_BYTES:
            del self._kept[:-KEPT_BYTES]
        if len(data) == _READ_BYTES:
            self._loop.remove_reader(self._fd)
            self._loop.call_later(_PAUSE_S, self._listen)

    def text(self) -> str:
        """Return whole lines, the first of them perhaps cut."""
        return bytes(self._kept[-KEPT_BYTES:]).decode("utf-8", "replace")

    def close(self) -> None:
        """Read what is there still, and no more."""
        if self._fd < 0:
            return
        self._loop.remove_reader(self._fd)
        with suppress(OSError):
            for _ in range(_LAST_READS):
                self._kept += os.read(self._fd, _READ_BYTES)
        del self._kept[:-KEPT_BYTES]
        os.close(self._fd)
        self._fd = -1
