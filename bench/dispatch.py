"""URLs that are code, beside other ways to answer: ``python -m bench.dispatch``."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench import _servers, _tree
from bench._dispatch_tasks import measure_tasks
from bench.host.environment import ROOT, without_foreign

Figures = dict[str, float]
ITEM = json.dumps(
    {"name": "tea", "count": 3, "tags": ["green", "loose"], "price": {"amount": 4.5, "unit": "EUR"}}
)
_UVICORN = ["-m", "uvicorn", "--host=127.0.0.1", "--log-level=warning", "--lifespan=off"]


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]


DJANGO = Program("django", (*_UVICORN, "--port={port}", "bench.http_servers.with_django:application"))
OWN = Program("django-own", (*_UVICORN, "--port={port}", "bench.http_servers.with_django_own:application"))
STARLETTE = Program("starlette", (*_UVICORN, "--port={port}", "bench.http_servers.with_starlette:starlette"))
FASTAPI = Program("fastapi", (*_UVICORN, "--port={port}", "bench.http_servers.with_starlette:api"))
FLASK = Program("flask", ("-m", "bench.http_servers.with_flask", "{port}"))

_KERNKOA = "/bench/http_servers/with_flask/Open"
MANNERS = {
    "smallweb controller": (DJANGO, "/shop/Open"),
    "bare Django async view": (DJANGO, "/bare"),
    "django-ninja": (DJANGO, "/ninja"),
    "bare Django async view, Django's own handler": (OWN, "/bare"),
    "django-ninja, Django's own handler": (OWN, "/ninja"),
    "Starlette": (STARLETTE, ""),
    "FastAPI": (FASTAPI, ""),
    "import by URL, Flask's own server": (FLASK, _KERNKOA),
}
QUESTIONS = {
    "hello": ("/hello", None, "hello world"),
    "JSON sent back": ("/echo", ITEM, "loose"),
    "typed sum": ("/add?a=2&b=3", None, "5"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; medians count")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each asks")
    parser.add_argument("--parts", nargs="+", choices=("requests", "tasks"), default=("requests", "tasks"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-") as folder:
        environment = _environment(Path(folder))
        _prepare(environment)
        if "requests" in arguments.parts:
            _print_requests(_measure_requests(environment, arguments.rounds, arguments.seconds))
        if "tasks" in arguments.parts:
            _print_tasks(measure_tasks(environment, rounds=arguments.rounds))


def _environment(folder: Path) -> dict[str, str]:
    return {
        **without_foreign(os.environ),
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "bench.http_servers.settings",
        "SMALLWEB_DATA": str(folder),
    }


def _prepare(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


@contextmanager
def running(program: Program, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Yield the port and the process id of the server."""
    port = _servers.free_port()
    command = [sys.executable, *(part.format(port=port) for part in program.command)]
    started = psutil.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _servers.wait_for(port, limit_s=60)
        yield port, started.pid
    finally:
        _tree.kill(_tree.members([started]))
        started.wait()


def _measure_requests(
    environment: dict[str, str], rounds: int, seconds: float
) -> dict[tuple[str, str], Figures]:
    """Ask all servers in turn, in another order each round; return medians."""
    found: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    keys = [(question, manner) for question in QUESTIONS for manner in MANNERS]
    with ExitStack() as stack:
        programs = {program for program, _ in MANNERS.values()}
        servers = {one.name: stack.enter_context(running(one, environment)) for one in programs}
        for number in range(1, rounds + 1):
            for question, manner in random.sample(keys, len(keys)):
                program, prefix = MANNERS[manner]
                path, body, wanted = QUESTIONS[question]
                port, pid = servers[program.name]
                job = {
                    "port": port, "pid": pid, "path": prefix + path, "body": body, "wanted": wanted,
                    "connections": 20, "seconds": seconds,
                }  # fmt: skip
                figures = _ask(job, environment)
                found[question, manner].append(figures)
                print(f"round {number}: {question}, {manner}: {figures}", file=sys.stderr)
    return {key: {name: median(one[name] for one in found[key]) for name in found[key][0]} for key in keys}


def _ask(job: dict[str, object], environment: dict[str, str]) -> Figures:
    command = [sys.executable, "-m", "bench._http_load", json.dumps(job)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, timeout=120)
    figures: Figures = json.loads(done.stdout)
    return figures


def _print_requests(found: dict[tuple[str, str], Figures]) -> None:
    for question in QUESTIONS:
        print(f"\n| {question} | requests/s | p50, ms | p99, ms | CPU of the server, us a request |")
        print("|---|--:|--:|--:|--:|")
        for manner in MANNERS:
            one = found[question, manner]
            print(
                f"| {manner} | {one['rate']:,.0f} | {one['p50_s'] * 1e3:.1f} | {one['p99_s'] * 1e3:.1f} "
                f"| {one['server_s'] * 1e6:.0f} |"
            )


def _print_tasks(found: dict[str, Figures]) -> None:
    print("\n| a trivial task, started one at a time | trigger to result, p50, ms | p99, ms |")
    print("|---|--:|--:|")
    for title, one in found.items():
        print(f"| {title} | {one['p50_s'] * 1e3:.1f} | {one['p99_s'] * 1e3:.1f} |")


if __name__ == "__main__":
    main()
