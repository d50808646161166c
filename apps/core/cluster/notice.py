"""An event between processes that no death can block: a pipe that becomes readable, and no lock."""

from __future__ import annotations

import os
import select
from contextlib import suppress


class Notice:
    """``multiprocessing.Event`` for forked processes; that one's locks stay shut when a holder is killed."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)

    def set(self) -> None:
        if not self.is_set():
            with suppress(BlockingIOError):
                os.write(self.writer, b"!")

    def is_set(self) -> bool:
        return self.wait(0)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Return whether it was set, after ``timeout_s`` seconds at the latest."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))

    def close(self) -> None:
        """Give back its descriptors in this process."""
        os.close(self._reader)
        os.close(self.writer)
