"""Run what waits: claim some runs, call their functions, record them, and again until nothing is left."""

from __future__ import annotations

import logging
import time

from ..cluster.stop import is_stopping
from .batch import Batch

logger = logging.getLogger(__name__)

# After so long other kinds of work get their turn; several hints at tasks may stand before theirs.
SLICE_S = 0.25
MAX_BATCH = 64


def run_tasks(hint: int) -> int:
    """Run what waits, for about SLICE_S; return how many calls were made. The hint only says: look."""
    until = time.monotonic() + SLICE_S
    count, size = 0, 1
    batch = Batch.claim(size)
    while batch.runs:
        batch.call_all()
        count += batch.called
        size = _next_size(batch, size)
        if is_stopping() or time.monotonic() >= until:
            batch.record()
            break
        batch = batch.record_and_claim(size)
    return count


def _next_size(batch: Batch, size: int) -> int:
    """Larger batches while their runs are short: a run must not wait for the long one before it."""
    if not batch.was_quick:
        return 1
    return min(size * 2, MAX_BATCH) if batch.called == size else size
