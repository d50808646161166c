"""Files on their way in, beside other servers: ``python -m bench.uploads``."""

from __future__ import annotations

import argparse
import http.client
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psutil

from bench import _servers, _tree
from bench.host.environment import ROOT, without_foreign

_UVICORN = ("-m", "uvicorn", "--host=127.0.0.1", "--log-level=warning", "--lifespan=off", "--port={port}")
_BOUNDARY = "smallweb-bench"
_PIECE_BYTES = 2**20
SIZES_MB = (1, 100, 1000)
CALLS = 200


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]


SMALLWEB = Program("smallweb on uvicorn", (*_UVICORN, "smallweb_project.asgi:application"))
DAPHNE = Program(
    "smallweb on Daphne", ("-m", "daphne", "-p{port}", "-v0", "smallweb_project.asgi:application")
)
STARLETTE = Program("Starlette", (*_UVICORN, "bench.upload_servers.with_starlette:starlette"))
PLAIN = Program("plain write", (*_UVICORN, "bench.upload_servers.with_starlette:plain"))
TUSPYSERVER = Program("tuspyserver", (*_UVICORN, "bench.upload_servers.with_tuspyserver:application"))
IZZATI = Program("izzati", ("-m", "bench.upload_servers.with_izzati", "{port}"))


@dataclass(frozen=True)
class Figures:
    """``cpu_s`` is that of the server; ``grown_mb`` how much more memory it took at its peak than before."""

    wall_s: float
    cpu_s: float
    grown_mb: float


def send_form(port: int, path: str, content: Path | None) -> None:
    """Send a form with a text and, if there is a file, that; over a connection of its own."""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    if content is not None:
        head += (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
    tail = f"\r\n--{_BOUNDARY}--\r\n" if content is not None else f"--{_BOUNDARY}--\r\n"
    size = 0 if content is None else content.stat().st_size
    headers = {
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
        "Content-Length": str(len(head) + size + len(tail)),
    }
    _exchange(port, "POST", path, headers, [head.encode(), content, tail.encode()])


def send_plain(port: int, path: str, content: Path | None) -> None:
    assert content is not None
    headers = {"Content-Length": str(content.stat().st_size)}
    _exchange(port, "PATCH", path, headers, [content])


def send_tus(port: int, path: str, content: Path | None) -> None:
    """Create an upload and send it in one piece."""
    assert content is not None
    size = content.stat().st_size
    version = {"Tus-Resumable": "1.0.0"}
    metadata = {"Upload-Metadata": "filename YS5iaW4=", "Upload-Length": str(size), "Content-Length": "0"}
    answered = _exchange(port, "POST", path, {**version, **metadata}, [])
    place = urlsplit(answered["location"]).path
    body = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    _exchange(port, "PATCH", place, {**version, **body, "Content-Length": str(size)}, [content])


def _exchange(
    port: int, method: str, path: str, headers: dict[str, str], body: list[bytes | Path | None]
) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.putrequest(method, path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    for part in body:
        if isinstance(part, Path):
            with part.open("rb") as file:
                connection.sock.sendfile(file)
        elif part:
            connection.send(part)
    response = connection.getresponse()
    said = response.read()
    connection.close()
    assert response.status in (200, 201, 204), (response.status, said[:500])
    return {name.lower(): value for name, value in response.getheaders()}


Send = Callable[[int, str, Path | None], None]
MANNERS: dict[str, tuple[Program, Send, str]] = {
    "smallweb form, uvicorn": (SMALLWEB, send_form, "/uploads/sizes"),
    "smallweb form, Daphne": (DAPHNE, send_form, "/uploads/sizes"),
    "smallweb tus, uvicorn": (SMALLWEB, send_tus, "/uploads/sizes"),
    "smallweb tus, Daphne": (DAPHNE, send_tus, "/uploads/sizes"),
    "plain write and sync, uvicorn": (PLAIN, send_plain, "/"),
    "tuspyserver, uvicorn": (TUSPYSERVER, send_tus, "/files/"),
    "Starlette form, uvicorn": (STARLETTE, send_form, "/"),
    "izzati's own server": (IZZATI, send_form, "/"),
}
FORMS = [name for name, (_, send, _) in MANNERS.items() if send is send_form]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; medians count")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES_MB, help="of files, in MB")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-") as folder, ExitStack() as stack:
        data = Path(folder)
        environment = _environment(data)
        _prepare(environment)
        programs = {program for program, _, _ in MANNERS.values()}
        servers = {one.name: stack.enter_context(running(one, environment)) for one in programs}
        _print_calls(_measure_calls(servers, arguments.rounds))
        for size_mb in arguments.sizes:
            content = data / "content.bin"
            content.write_bytes(os.urandom(2**20) * (size_mb * 10**6 // 2**20 + 1))
            os.truncate(content, size_mb * 10**6)
            _print_files(size_mb, _measure_files(servers, content, arguments.rounds))


def _environment(data: Path) -> dict[str, str]:
    return {
        **without_foreign(os.environ),
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "bench.upload_servers.settings",
        "SMALLWEB_DATA": str(data),
        "TMPDIR": str(data),  # all on the same disk
    }


def _prepare(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


@contextmanager
def running(program: Program, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Yield the port and the process id of the server."""
    port = _servers.free_port()
    command = [sys.executable, *(part.format(port=port) for part in program.command)]
    with open(os.devnull, "wb") as nowhere:
        started = psutil.Popen(command, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere)
    try:
        _servers.wait_for(port, limit_s=60)
        yield port, started.pid
    finally:
        _tree.kill(_tree.members([started]))
        started.wait()


def _measure_calls(servers: dict[str, tuple[int, int]], rounds: int) -> dict[str, list[Figures]]:
    """Send small forms, one after the other; the servers take turns, in another order each round."""
    found: dict[str, list[Figures]] = defaultdict(list)
    for _ in range(rounds):
        for name in random.sample(FORMS, len(FORMS)):
            found[name].append(_measured(servers, name, None, times=CALLS))
    return found


def _measure_files(
    servers: dict[str, tuple[int, int]], content: Path, rounds: int
) -> dict[str, list[Figures]]:
    found: dict[str, list[Figures]] = defaultdict(list)
    for _ in range(rounds):
        for name in random.sample(list(MANNERS), len(MANNERS)):
            found[name].append(_measured(servers, name, content, times=1))
    return found


def _measured(servers: dict[str, tuple[int, int]], name: str, content: Path | None, *, times: int) -> Figures:
    program, send, path = MANNERS[name]
    port, pid = servers[program.name]
    server = psutil.Process(pid)
    _forget_peak(pid)
    before_mb, cpu_before = server.memory_info().rss / 2**20, _cpu_s(server)
    began = time.perf_counter()
    for _ in range(times):
        send(port, path, content)
    wall_s = time.perf_counter() - began
    return Figures(wall_s / times, (_cpu_s(server) - cpu_before) / times, _peak_mb(pid) - before_mb)


def _cpu_s(server: psutil.Process) -> float:
    times = server.cpu_times()
    return float(times.user + times.system)


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the kernel tells no peak")


def _medians(figures: list[Figures]) -> Figures:
    return Figures(
        wall_s=median(one.wall_s for one in figures),
        cpu_s=median(one.cpu_s for one in figures),
        grown_mb=max(one.grown_mb for one in figures),
    )


def _print_calls(found: dict[str, list[Figures]]) -> None:
    print(f"\nSmall forms, {CALLS} one after the other, a connection each")
    print("| server | calls a second | CPU ms a call |\n|---|--:|--:|")
    for name, figures in found.items():
        middle = _medians(figures)
        print(f"| {name} | {1 / middle.wall_s:.0f} | {middle.cpu_s * 1000:.2f} |")


def _print_files(size_mb: int, found: dict[str, list[Figures]]) -> None:
    print(f"\nA file of {size_mb} MB")
    print("| server | MB/s | CPU s a GB | memory at its peak, MB more |\n|---|--:|--:|--:|")
    for name, figures in found.items():
        middle = _medians(figures)
        speed, cpu = size_mb / middle.wall_s, middle.cpu_s * 1000 / size_mb
        print(f"| {name} | {speed:.0f} | {cpu:.2f} | {middle.grown_mb:.1f} |")


if __name__ == "__main__":
    main()
