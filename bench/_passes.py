"""smallweb against pyriodic-backend: the same functions, the same pages, taking turns."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench._measure import Measured, in_fresh_process
from bench.host.environment import environment_of
from bench.host.pages import UNCHANGED
from bench.host.prepare import prepare
from bench.host.scenario import Scenario

CONTESTANTS = {"smallweb": "bench._pass_smallweb", "pyriodic": "bench._pass_pyriodic"}
SCENARIOS = {
    "100 functions, 1 page of 100 KB": Scenario(jobs=100, page_bytes=100_000),
    "100 functions, 1 page of 1 MB": Scenario(jobs=100, page_bytes=1_000_000),
    "1,000 functions, 100 pages of 10 KB": Scenario(jobs=1000, pages=100, page_bytes=10_000),
}


@dataclass(frozen=True)
class Comparison:
    """Medians of all rounds."""

    title: str
    ours: Measured
    theirs: Measured


def compare_all(folder: Path, *, rounds: int) -> list[Comparison]:
    """Measure each scenario ``rounds`` times, both contestants in turn, each in a fresh process."""
    return [
        _compare(title, scenario, folder / str(place), rounds)
        for place, (title, scenario) in enumerate(SCENARIOS.items())
    ]


def _compare(title: str, scenario: Scenario, folder: Path, rounds: int) -> Comparison:
    template = folder / "template"
    prepare(template, scenario)
    found: dict[str, list[Measured]] = {name: [] for name in CONTESTANTS}
    for number in range(rounds):
        names = list(CONTESTANTS)
        for name in names if number % 2 else reversed(names):
            found[name].append(_measure(name, scenario, template, folder / "turn"))
            print(".", end="", flush=True, file=sys.stderr)
    return Comparison(title, *(_medians(found[name]) for name in CONTESTANTS))


def _measure(name: str, scenario: Scenario, template: Path, data: Path) -> Measured:
    shutil.copytree(template, data)
    try:
        measured = in_fresh_process(Measured, CONTESTANTS[name], data, environment_of(data, scenario))
        _require_work_done(data, scenario, has_rows=name == "smallweb")
    finally:
        shutil.rmtree(data)
    return measured


def _require_work_done(data: Path, scenario: Scenario, *, has_rows: bool) -> None:
    unchanged = [page.name for page in (data / "site").iterdir() if UNCHANGED.encode() in page.read_bytes()]
    assert not unchanged, f"not all tags changed in {unchanged}"
    if has_rows:
        query = "SELECT count(*) FROM smallweb_periodic_jobrun WHERE state = 'SUCCESSFUL'"
        with sqlite3.connect(data / "db.sqlite3") as database:
            (count,) = database.execute(query).fetchone()
        assert count == scenario.jobs, f"{count} successful runs of {scenario.jobs}"


def _medians(measured: list[Measured]) -> Measured:
    return Measured(
        wall_s=median(one.wall_s for one in measured),
        cpu_s=median(one.cpu_s for one in measured),
        peak_mb=median(one.peak_mb for one in measured),
    )
