"""Tasks: smallweb beside other task engines of Python, in turn. ``python -m bench.tasks``."""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from bench import _servers
from bench._engine import Place, Servers
from bench._task_figures import Amounts, Figures, measure, measure_many, medians
from bench._task_promises import print_promises, try_promises
from bench._task_tables import Found, print_figures
from bench.engines.catalog import ENGINES, Engine

PARTS = ("figures", "promises")


def main() -> None:
    arguments = _parse()
    chosen = [engine for engine in ENGINES if not arguments.only or engine.name in arguments.only]
    with ExitStack() as stack:
        servers = _start_servers(stack, chosen)
        engines = [engine for engine in chosen if engine.store in {"sqlite", *servers}]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smallweb-bench-")))
        templates = {engine.name: _template(engine, folder, servers) for engine in engines}
        if "figures" in arguments.parts:
            amounts = Amounts(tasks=arguments.tasks, spaced=arguments.spaced, idle_s=arguments.idle)
            measured = [templates[engine.name] for engine in engines if engine.is_measured]
            print_figures(_measure_all(measured, amounts, rounds=arguments.rounds, workers=arguments.workers))
        if "promises" in arguments.parts:
            tried = list(templates.values())
            print_promises(tried, try_promises(tried))


def _parse() -> argparse.Namespace:
    names = [engine.name for engine in ENGINES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; medians count")
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"some of: {','.join(names)}")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tasks", type=int, default=1000, help="in a backlog")
    parser.add_argument("--spaced", type=int, default=50, help="tasks for the time to their start")
    parser.add_argument("--idle", type=float, default=15, help="seconds of doing nothing")
    arguments = parser.parse_args()
    if unknown := set(arguments.only or []) - set(names):
        parser.error(f"There is no engine {', '.join(unknown)}; there are {', '.join(names)}.")
    return arguments


def _start_servers(stack: ExitStack, engines: list[Engine]) -> Servers:
    """Start what the engines need; tell which of them are left out for want of a server."""
    servers = {}
    for name, start in (("postgres", _servers.postgres), ("redis", _servers.redis)):
        needing = [engine.title for engine in engines if engine.store == name]
        server = stack.enter_context(start()) if needing else None
        if server:
            servers[name] = server
        elif needing:
            print(f"No {name} is installed, so without: {'; '.join(needing)}.", file=sys.stderr)
    return servers


def _template(engine: Engine, folder: Path, servers: Servers) -> Place:
    place = Place(engine, folder / f"template-{engine.name}", servers)
    place.prepare()
    return place


def _measure_all(
    templates: list[Place], amounts: Amounts, *, rounds: int, workers: list[int]
) -> dict[Found, Figures]:
    """Measure each engine ``rounds`` times with each number of workers, in another order each round."""
    turns = [(template, count) for template in templates for count in workers]
    found: dict[Found, list[Figures]] = {(template.engine, count): [] for template, count in turns}
    with suppress(KeyboardInterrupt):  # Ctrl-C ends it with the medians so far
        for number in range(1, rounds + 1):
            for template, count in random.sample(turns, len(turns)):
                figures = _measure_one(template, amounts, workers=count, with_many=count == min(workers))
                found[template.engine, count].append(figures)
                print(f"round {number}: {template.engine.title}, {count}: {figures}", file=sys.stderr)
    return {key: medians(values) for key, values in found.items() if values}


def _measure_one(template: Place, amounts: Amounts, *, workers: int, with_many: bool) -> Figures:
    with template.copied(workers=workers) as place:
        figures = measure(place, amounts)
    if not (with_many and template.engine.has_many):
        return figures
    with template.copied() as place:
        return dataclasses.replace(figures, many_rate=measure_many(place, amounts.tasks))


if __name__ == "__main__":
    main()
