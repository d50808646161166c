"""Pages kept fresh: smallweb beside pyriodic-backend, then what the workers add. ``python -m bench.periodic``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench._passes import Comparison, compare_all

PARTS = ("passes", "tick", "cluster", "idle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each figure; the median counts")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out the other parts")
    arguments = parser.parse_args()
    parts = arguments.only or PARTS
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-") as folder:
        if "passes" in parts:
            print_passes(compare_all(Path(folder), rounds=arguments.rounds))


def print_passes(comparisons: list[Comparison]) -> None:
    print("\n| One pass | | smallweb | pyriodic-backend | ratio |\n|---|---|--:|--:|--:|")
    for comparison in comparisons:
        ours, theirs = comparison.ours, comparison.theirs
        print(f"| {comparison.title} | CPU | {_ms(ours.cpu_s)} | {_ms(theirs.cpu_s)} | {theirs.cpu_s / ours.cpu_s:.1f} |")
        print(f"| | wall | {_ms(ours.wall_s)} | {_ms(theirs.wall_s)} | {theirs.wall_s / ours.wall_s:.1f} |")
        print(f"| | peak memory | {ours.peak_mb:.0f} MB | {theirs.peak_mb:.0f} MB | {ours.peak_mb - theirs.peak_mb:+.0f} MB |")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


if __name__ == "__main__":
    main()
