"""Pages kept fresh: one pass beside pyriodic-backend, then the workers' own. ``python -m bench.periodic``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench._cluster import Lateness, measure_idle, measure_lateness
from bench._passes import Comparison, compare_all
from bench._tick import Tick, measure_tick
from bench.host.scenario import Scenario

PARTS = ("passes", "tick", "cluster", "idle")

EVERY_SECOND = {
    "100 jobs every second on 1 page": Scenario(jobs=100, every="1s"),
    "100 jobs every second on 100 pages": Scenario(jobs=100, pages=100, every="1s"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="measurements of each figure; the median counts"
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out the other parts")
    arguments = parser.parse_args()
    parts = arguments.only or PARTS
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-") as folder:
        if "passes" in parts:
            print_passes(compare_all(Path(folder, "passes"), rounds=arguments.rounds))
        if "tick" in parts:
            print_tick(measure_tick(Path(folder, "tick")))
        if "cluster" in parts:
            print_lateness(
                [
                    measure_lateness(Path(folder, title), scenario, title)
                    for title, scenario in EVERY_SECOND.items()
                ]
            )
        if "idle" in parts:
            print(
                f"\nNothing due, web server and workers: {measure_idle(Path(folder, 'idle')):.1%} of a core"
            )


def print_passes(comparisons: list[Comparison]) -> None:
    print("\n| One pass | | smallweb | pyriodic-backend | |\n|---|---|--:|--:|--:|")
    for one in comparisons:
        ours, theirs = one.ours, one.theirs
        for what, own, other in (("CPU", ours.cpu_s, theirs.cpu_s), ("wall", ours.wall_s, theirs.wall_s)):
            title = one.title if what == "CPU" else ""
            print_row(title, what, _ms(own), _ms(other), f"{other / own:.1f} times less")
        more = f"{ours.peak_mb - theirs.peak_mb:+.0f} MB"
        print_row("", "peak memory", f"{ours.peak_mb:.0f} MB", f"{theirs.peak_mb:.0f} MB", more)


def print_tick(tick: Tick) -> None:
    look, sweep = tick.look_s * 1000, tick.sweep_s * 1000
    print(f"\n10,000 jobs, none due: {look:.2f} ms a look, and {sweep:.2f} ms more every 5 s to sweep")


def print_lateness(found: list[Lateness]) -> None:
    print("\n| Two workers | done / due | start p50 | start p99 | end p99 | CPU |\n|---|--:|--:|--:|--:|--:|")
    for one in found:
        delays = [_ms(delay) for delay in (one.start_p50_s, one.start_p99_s, one.end_p99_s)]
        print_row(one.title, f"{one.done:,} / {one.due:,}", *delays, f"{one.cpu_share:.0%} of a core")


def print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


if __name__ == "__main__":
    main()
