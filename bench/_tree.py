"""CPU and memory of processes with all that they have forked."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import psutil


def cpu_s(*roots: psutil.Process) -> float:
    """Return the CPU seconds of the trees; those of their dead are in the parents' accounts."""
    total = 0.0
    for process in members(roots):
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def pss_mb(*roots: psutil.Process) -> float:
    """Return the memory of the trees; a page that n processes share counts for one n-th in each."""
    total = 0
    for process in members(roots):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / 2**20


def kill(processes: list[psutil.Process]) -> None:
    """Kill these processes with SIGKILL, stopped first so that none sees another die."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def members(roots: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return the roots that live and all that descend from them."""
    found = []
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            found += [root, *root.children(recursive=True)]
    return found
