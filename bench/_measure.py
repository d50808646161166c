"""CPU, wall and memory of a piece of work, counted inside the process that does it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from bench.host.environment import ROOT

M = TypeVar("M")


@dataclass(frozen=True)
class Measured:
    """``peak_mb`` is that of the largest single process; all of them count for ``cpu_s``."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(work: Callable[[], object], *, end_children: Callable[[], object] = lambda: None) -> Measured:
    """Do the work and count it with its children, which ``end_children`` ends when the clock has stopped."""
    cpu_before, started = _cpu_s(), time.perf_counter()
    work()
    wall_s = time.perf_counter() - started
    peak_mb = max(map(_peak_mb, [os.getpid(), *_children()]))
    end_children()
    return Measured(wall_s, _cpu_s() - cpu_before, peak_mb)


def in_fresh_process(kind: type[M], module: str, data: Path, environment: Mapping[str, str]) -> M:
    """Run ``module``, which reports one ``kind``, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, str(data)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return kind(**json.loads(done.stdout))


def report(measured: Any) -> None:
    """Print a dataclass for ``in_fresh_process``."""
    print(json.dumps(asdict(measured)))


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
