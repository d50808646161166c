"""How many tasks a cluster runs at once: one fewer than it has workers.

A task may take an hour. The worker that is left over takes what else is due, so that long tasks never
keep a page waiting.
"""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django_q.conf import Conf

# Its bytes are the slots. A lock on one belongs to a process and ends with it; forks share the file only.
_file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as the process lives


def count_workers() -> int:
    """Return how many worker processes a cluster has: one more than may run tasks."""
    return int(Conf.WORKERS) + 1


def count_free_slots() -> int:
    """Return how many more tasks may run in this cluster now. For a process that runs none itself."""
    free = [slot for slot in range(Conf.WORKERS) if _take(slot)]
    for slot in free:
        _release(slot)
    return len(free)


@contextmanager
def task_slot() -> Iterator[bool]:
    """Hold a slot, if there is one; give whether there was."""
    slot = next((slot for slot in range(Conf.WORKERS) if _take(slot)), None)
    try:
        yield slot is not None
    finally:
        if slot is not None:
            _release(slot)


def _take(slot: int) -> bool:
    try:
        fcntl.lockf(_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
    except OSError:
        return False
    return True


def _release(slot: int) -> None:
    fcntl.lockf(_file, fcntl.LOCK_UN, 1, slot)
