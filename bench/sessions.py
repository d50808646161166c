"""Apps of which every visitor has an own state, beside htagweb and others: ``python -m bench.sessions``."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import median, quantiles

import psutil

from bench import _servers, _tree
from bench._session_client import Socket, load
from bench.host.environment import ROOT, without_foreign

_WARM_UP = 50


@dataclass(frozen=True)
class Contender:
    """``packages``: what it needs, installed in a folder of its own; ``kind``: as the client knows it."""

    command: tuple[str, ...]
    packages: tuple[str, ...]
    kind: str
    path: str = "/"


_SMALLWEB = ("htag==1.0.0",)
CONTENDERS = {
    "smallweb on uvicorn": Contender(
        ("-m", "uvicorn", "--log-level=warning", "--lifespan=off", "--port={port}",
         "smallweb_project.asgi:application"),
        _SMALLWEB, "smallweb", "/apps/counter/",
    ),
    "smallweb on Daphne": Contender(
        ("-m", "daphne", "-p{port}", "-v0", "smallweb_project.asgi:application"),
        _SMALLWEB, "smallweb", "/apps/counter/",
    ),
    "htagweb 1.0.0": Contender(
        ("-m", "bench.session_servers.with_htagweb", "{port}"), ("htagweb==1.0.0", "htag==1.0.0"), "htagweb"
    ),
    "htag 2 in one process": Contender(
        ("-m", "bench.session_servers.counter2", "{port}"), ("htag==2.0.28", "starlette<1"), "htag2"
    ),
    "NiceGUI in one process": Contender(
        ("-m", "bench.session_servers.with_nicegui", "{port}"), ("nicegui",), "nicegui"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figures:
    first_page_ms: float
    one_per_s: float
    one_p50_ms: float
    one_p99_ms: float
    many_per_s: float
    many_p50_ms: float
    many_p99_ms: float
    made_s: float
    session_mb: float
    idle_percent: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of all contenders; medians count")
    parser.add_argument("--sessions", type=int, default=200, help="made at the end of each round")
    parser.add_argument("--clicks", type=int, default=1000, help="over one socket, and over many together")
    parser.add_argument("--sockets", type=int, default=50, help="of as many visitors")
    parser.add_argument("--only", default="", help="contenders whose names begin so, separated by commas")
    arguments = parser.parse_args()
    wanted = [name for name in CONTENDERS if name.startswith(tuple(arguments.only.split(",")))]
    found: dict[str, list[Figures]] = defaultdict(list)
    for _ in range(arguments.rounds):
        for name in random.sample(wanted, len(wanted)):
            with serving(CONTENDERS[name]) as (port, process):
                found[name].append(asyncio.run(_measure(CONTENDERS[name], port, process, arguments)))
            print(f"{name}: {found[name][-1]}", file=sys.stderr, flush=True)
    _print({name: found[name] for name in wanted}, arguments)


@contextmanager
def serving(contender: Contender) -> Iterator[tuple[int, psutil.Process]]:
    """Start the server with nothing kept from before."""
    port = _servers.free_port()
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-") as folder:
        environment = _environment(contender, Path(folder))
        if contender.kind == "smallweb":
            migrate = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
            subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        command = [sys.executable, *(part.format(port=port) for part in contender.command)]
        quiet = subprocess.DEVNULL
        process = psutil.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
        try:
            _servers.wait_for(port, limit_s=60)
            yield port, process
        finally:
            _tree.kill(_tree.members([process]))
            process.wait()


def _environment(contender: Contender, data: Path) -> dict[str, str]:
    paths = [_installed(contender.packages), ROOT / "typings", ROOT]
    return {
        **without_foreign(os.environ),
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "DJANGO_SETTINGS_MODULE": "bench.session_servers.settings",
        "SMALLWEB_DATA": str(data),
        "NICEGUI_STORAGE_PATH": str(data),
        "TMPDIR": str(data),
    }


def _installed(packages: tuple[str, ...]) -> Path:
    """Return a folder with these packages, made once: some of them cannot stand beside each other."""
    name = "-".join(packages).replace("=", "").replace("<", "-below-")
    folder = Path(sys.prefix) / "bench" / name
    if not folder.exists():
        uv = shutil.which("uv")
        pip = (
            [uv, "pip", "install", "--python", sys.executable]
            if uv
            else [sys.executable, "-m", "pip", "install"]
        )
        half = folder.with_suffix(".half")
        subprocess.run([*pip, "--quiet", "--target", str(half), *packages], check=True)
        half.rename(folder)
    return folder


async def _measure(
    contender: Contender, port: int, process: psutil.Process, arguments: argparse.Namespace
) -> Figures:
    path, kind = contender.path, contender.kind
    await load(port, path, kind)  # what is made once is no session's
    first_ms = []
    for _ in range(20):
        began = time.perf_counter()
        page = await load(port, path, kind)
        first_ms.append((time.perf_counter() - began) * 1000)
    one = many = (0.0, 0.0, 0.0)
    if page.socket:
        one = await _clicks(contender, port, sockets=1, clicks=arguments.clicks)
        many = await _clicks(contender, port, sockets=arguments.sockets, clicks=arguments.clicks)
    before_mb = _memory_mb(process)
    began = time.perf_counter()
    for _ in range(arguments.sessions // 10):
        await asyncio.gather(*(load(port, path, kind) for _ in range(10)))
    made_s = time.perf_counter() - began
    session_mb = (_memory_mb(process) - before_mb) / max(arguments.sessions // 10 * 10, 1)
    return Figures(median(first_ms), *one, *many, made_s, session_mb, await _idle_percent(process))


async def _clicks(
    contender: Contender, port: int, *, sockets: int, clicks: int
) -> tuple[float, float, float]:
    """Return clicks a second, and of their times in ms the median and the 99th percentile."""
    pages = [await load(port, contender.path, contender.kind) for _ in range(sockets)]
    opened = [await Socket.open(port, page) for page in pages]
    await asyncio.gather(*(_click(socket, max(_WARM_UP // sockets, 1)) for socket in opened))
    began = time.perf_counter()
    times = await asyncio.gather(*(_click(socket, clicks // sockets) for socket in opened))
    wall_s = time.perf_counter() - began
    for socket in opened:
        await socket.close()
    taken = sorted(one for of_socket in times for one in of_socket)
    return len(taken) / wall_s, median(taken), quantiles(taken, n=100)[98]


async def _click(socket: Socket, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await socket.click()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _family(process: psutil.Process) -> list[psutil.Process]:
    """The server with all that it has started, those in sessions of their own, too."""
    marks = {str(process.environ().get("SMALLWEB_DATA"))}
    found = {one.pid: one for one in _tree.members([process])}
    for one in psutil.process_iter():
        try:
            if one.environ().get("SMALLWEB_DATA") in marks:
                found[one.pid] = one
        except psutil.Error:
            continue
    return list(found.values())


def _memory_mb(process: psutil.Process) -> float:
    total = 0
    for one in _family(process):
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20


async def _idle_percent(process: psutil.Process, *, watched_s: float = 5.0) -> float:
    family = _family(process)
    await asyncio.sleep(1)
    before = _cpu_s(family)
    await asyncio.sleep(watched_s)
    return (_cpu_s(family) - before) / watched_s * 100


def _cpu_s(family: list[psutil.Process]) -> float:
    total = 0.0
    for one in family:
        try:
            total += sum(one.cpu_times()[:2])
        except psutil.Error:
            continue
    return total


def _print(found: dict[str, list[Figures]], arguments: argparse.Namespace) -> None:
    names = list(found)
    middles = {
        name: Figures(*(median(values) for values in zip(*map(astuple, figures), strict=True)))
        for name, figures in found.items()
    }
    words = {
        "first_page_ms": "first page of a new session, ms",
        "one_per_s": "clicks a second over one socket",
        "one_p50_ms": "one socket, p50, ms",
        "one_p99_ms": "one socket, p99, ms",
        "many_per_s": f"clicks a second over {arguments.sockets} sockets",
        "many_p50_ms": f"{arguments.sockets} sockets, p50, ms",
        "many_p99_ms": f"{arguments.sockets} sockets, p99, ms",
        "made_s": f"{arguments.sessions} sessions made, s",
        "session_mb": "memory a session (PSS), MB",
        "idle_percent": "idle, % of a core",
    }
    print(f"\nMedians of {arguments.rounds} rounds")
    print(f"| | {' | '.join(names)} |\n|---|{'--:|' * len(names)}")
    for field in fields(Figures):
        values = [f"{getattr(middles[name], field.name):.2f}" for name in names]
        print(f"| {words[field.name]} | {' | '.join(values)} |")


if __name__ == "__main__":
    main()
