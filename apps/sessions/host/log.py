"""The newest lines of what a session prints."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

KEPT_BYTES = 64 * 1024


class Log:
    """Reads a pipe until its end, and keeps the last KEPT_BYTES."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._kept = bytearray()
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
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

    def text(self) -> str:
        """Return whole lines, the first of them perhaps cut."""
        return bytes(self._kept[-KEPT_BYTES:]).decode("utf-8", "replace")

    def close(self) -> None:
        """Read what is there still, and no more."""
        if self._fd < 0:
            return
        asyncio.get_running_loop().remove_reader(self._fd)
        with suppress(OSError):
            while data := os.read(self._fd, 65536):
                self._kept += data
        os.close(self._fd)
        self._fd = -1
