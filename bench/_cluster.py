"""The real workers: how late runs start, and what everything costs when nothing is due."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench._tree import cpu_s
from bench.host.environment import ROOT, environment_of
from bench.host.prepare import prepare
from bench.host.scenario import Scenario

SECONDS, WARM_UP_S, WORKERS = 20, 4, 2


@dataclass(frozen=True)
class Lateness:
    """Seconds from the due time to the start and to the end of a run; ``cpu_share`` is of one core."""

    title: str
    due: int
    done: int
    start_p50_s: float
    start_p99_s: float
    end_p99_s: float
    cpu_share: float


def measure_lateness(data: Path, scenario: Scenario, title: str) -> Lateness:
    """Let the workers run the scenario's jobs, due every second, for SECONDS."""
    prepare(data, scenario)
    with _started(data, scenario, "qcluster") as cluster:
        _wait_for_runs(data, scenario.jobs)
        time.sleep(WARM_UP_S)
        begin, cpu_before = datetime.now(UTC), cpu_s(cluster)
        time.sleep(SECONDS)
        cpu_used_s = cpu_s(cluster) - cpu_before
        time.sleep(2)  # what became due last may still be running
    starts, ends = _delays(data, begin)
    return Lateness(
        title=title,
        due=scenario.jobs * SECONDS,
        done=len(ends),
        start_p50_s=_percentile(starts, 50),
        start_p99_s=_percentile(starts, 99),
        end_p99_s=_percentile(ends, 99),
        cpu_share=cpu_used_s / SECONDS,
    )


def measure_idle(data: Path) -> float:
    """Return the share of one core that web server and workers take together while no job is due."""
    scenario = Scenario(jobs=10, every="1d")
    prepare(data, scenario)
    with _started(data, scenario, "smallweb_up", "--port", "8900") as tree:
        _wait_for_runs(data, scenario.jobs)
        time.sleep(WARM_UP_S)
        before = cpu_s(tree)
        time.sleep(SECONDS)
        return (cpu_s(tree) - before) / SECONDS


@contextmanager
def _started(data: Path, scenario: Scenario, *command: str) -> Iterator[psutil.Process]:
    environment = environment_of(data, scenario) | {"SMALLWEB_WORKERS": str(WORKERS)}
    log = (data / "log").open("wb")
    full = [sys.executable, "manage.py", *command]
    process = subprocess.Popen(full, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        log.close()


def _wait_for_runs(data: Path, count: int, *, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while _count_successful(data) < count:
        assert time.monotonic() < deadline, (data / "log").read_text()
        time.sleep(0.1)


def _count_successful(data: Path) -> int:
    query = "SELECT count(*) FROM smallweb_periodic_jobrun WHERE state = 'SUCCESSFUL'"
    with closing(sqlite3.connect(data / "db.sqlite3", timeout=20)) as database:
        count: int = database.execute(query).fetchone()[0]
        return count


def _delays(data: Path, begin: datetime) -> tuple[list[float], list[float]]:
    """Return the seconds from due to start and to end of each successful run due in the measured time."""
    query = """
        SELECT (julianday(started_at) - julianday(due_at)) * 86400,
               (julianday(finished_at) - julianday(due_at)) * 86400
        FROM smallweb_periodic_jobrun
        WHERE state = 'SUCCESSFUL' AND julianday(due_at) >= julianday(?)
        AND julianday(due_at) < julianday(?) + ? / 86400.0
    """
    since = begin.replace(tzinfo=None).isoformat(" ")
    with closing(sqlite3.connect(data / "db.sqlite3", timeout=20)) as database:
        rows = database.execute(query, (since, since, SECONDS)).fetchall()
    return [start for start, _ in rows], [end for _, end in rows]


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]
