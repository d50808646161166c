"""Calls and channels over websockets: smallweb beside others, in turn. ``python -m bench.rpc``."""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median

from bench import _servers
from bench._rpc_aims import print_aims
from bench._rpc_running import Failed, Place
from bench._rpc_tables import print_part
from bench._rpc_turns import PARTS, Turn, all_turns
from bench.rpc_load.job import Figures

Key = tuple[str, str]  # part and row
SOCKETS = 8192


def main() -> None:
    arguments = _parse()
    turns = [
        turn
        for turn in all_turns(arguments.parts)
        if not arguments.only or turn.server.name in arguments.only
    ]
    _allow_sockets()
    with ExitStack() as stack:
        programs = _start_programs(stack, turns)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smallweb-bench-")))
        place = Place(folder, programs)
        place.prepare()
        possible = [turn for turn in turns if turn.server.needs in {None, *programs}]
        found = _measure_all(place, possible, rounds=arguments.rounds)
    by_part = _by_part(turns, found)
    for part, rows in by_part.items():
        print_part(part, rows)
    print_aims(by_part)


def _parse() -> argparse.Namespace:
    names = sorted({turn.server.name for turn in all_turns(PARTS)})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; medians count")
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"some of: {','.join(names)}")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    arguments = parser.parse_args()
    if unknown := set(arguments.only or []) - set(names):
        parser.error(f"There is no server {', '.join(unknown)}; there are {', '.join(names)}.")
    return arguments


def _allow_sockets() -> None:
    """Let this process and its children open a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SOCKETS if hard == resource.RLIM_INFINITY else min(SOCKETS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _start_programs(stack: ExitStack, turns: list[Turn]) -> dict[str, _servers.Server]:
    """Start what the servers need; tell which of them are left out for want of it."""
    programs = {}
    for name, start in (("redis", _servers.redis), ("mosquitto", _servers.mosquitto)):
        needing = {turn.server.title for turn in turns if turn.server.needs == name}
        program = stack.enter_context(start()) if needing else None
        if program:
            programs[name] = program
        elif needing:
            print(f"No {name} is installed, so without: {'; '.join(sorted(needing))}.", file=sys.stderr)
    return programs


def _measure_all(place: Place, turns: list[Turn], *, rounds: int) -> Mapping[Key, Figures]:
    """Take all turns ``rounds`` times, in another order each round; return medians."""
    found: dict[Key, list[Figures]] = defaultdict(list)
    with suppress(KeyboardInterrupt):  # Ctrl-C ends it with the medians so far
        for number in range(1, rounds + 1):
            for turn in random.sample(turns, len(turns)):
                for key, figures in _take(place, turn).items():
                    found[key].append(figures)
                    shown = {name: float(f"{value:.4g}") for name, value in figures.items()}
                    print(f"round {number}: {': '.join(key)}: {shown}", file=sys.stderr)
    return {key: _medians(values) for key, values in found.items()}


def _take(place: Place, turn: Turn) -> dict[Key, Figures]:
    """Do a turn's tasks; one that comes to no end is told, and does not count."""
    found = {}
    with _told(turn.server.title), place.running(turn.server) as running:
        for task in turn.tasks:
            with _told(f"{task.part}, {task.row}"):
                job = running.job(task.part, calls=task.calls, **task.numbers)
                found[task.part, task.row] = running.do(job)
    return found


@contextmanager
def _told(title: str) -> Iterator[None]:
    try:
        yield
    except Failed as error:
        print(f"{title} failed: {error}", file=sys.stderr)


def _medians(found: list[Figures]) -> Figures:
    return {name: median(figures[name] for figures in found) for name in found[0]}


def _by_part(turns: list[Turn], found: Mapping[Key, Figures]) -> dict[str, dict[str, Figures]]:
    """Sort the figures by part, in the order of the turns."""
    keys = [(task.part, task.row) for turn in turns for task in turn.tasks]
    parts: dict[str, dict[str, Figures]] = {}
    for part in PARTS:
        rows = {row: found[known, row] for known, row in keys if known == part and (known, row) in found}
        if rows:
            parts[part] = rows
    return parts


if __name__ == "__main__":
    main()
