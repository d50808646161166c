"""The files that this process has open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def count_open_files() -> int:
    """Return how many descriptors are no connections to a database: those of other threads come and go."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the listing itself
            target = str(entry.readlink())
            count += not (target.startswith("socket:") or ".sqlite3" in target)
    return count
