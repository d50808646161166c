"""Run what waits: claim some runs, call their functions, record them, and again until nothing is left."""

from __future__ import annotations

import time

from ..cluster import ring_workers
from ..cluster.slots import task_slot
from ..cluster.stop import is_stopping
from .batch import Batch

# After so long other kinds of work get their turn.
SLICE_S = 1.0
MAX_BATCH = 64


def run_tasks(hint: int) -> int:
    """Run what waits, for about SLICE_S; return how many calls were made. The hint only says: look."""
    with task_slot() as has_slot:
        count, is_done = _run_slice() if has_slot else (0, True)
    if not is_done:
        ring_workers()
    return count


def _run_slice() -> tuple[int, bool]:
    """Return how many calls were made, and whether nothing was left that may start."""
    until = time.monotonic() + SLICE_S
    count, size = 0, 1
    batch = Batch.claim(size)
    while batch.runs:
        batch.call_all()
        count += batch.called
        size = _next_size(batch, size)
        if is_stopping() or time.monotonic() >= until:
            batch.record()
            return count, False
        batch = batch.record_and_claim(size)
    return count, True


def _next_size(batch: Batch, size: int) -> int:
    """Larger batches while their runs are short: a run must not wait for the long one before it."""
    if not batch.was_quick:
        return 1
    return min(size * 2, MAX_BATCH) if batch.called == size else size
