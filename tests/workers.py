"""A worker's part, played by the test itself."""

from __future__ import annotations

from smallweb.core.cluster.stop import is_stopping
from smallweb.core.executions.run import run_tasks


def run_all_tasks() -> int:
    """Run what waits, in as many slices as that takes; return how many calls were made."""
    count = 0
    while not is_stopping() and (called := run_tasks(0)):
        count += called
    return count
