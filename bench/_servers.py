"""Servers of the benchmark's own, with their defaults: what they take is known, and nobody else uses them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@dataclass(frozen=True)
class Server:
    """``url`` ends where the name of a database follows."""

    url: str
    process: psutil.Process

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])


@contextmanager
def redis() -> Iterator[Server | None]:
    """Start a Redis that keeps its data in memory only. None if it is not installed."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-redis-") as folder:
        started = _start([program, "--port", str(port), "--dir", folder, "--save", ""])
        try:
            wait_for(port)
            yield Server(f"redis://127.0.0.1:{port}/", psutil.Process(started.pid))
        finally:
            started.terminate()
            started.wait()


@contextmanager
def postgres() -> Iterator[Server | None]:
    """Start a PostgreSQL of its defaults: it syncs every commit to disk. None if it is not installed."""
    initdb = shutil.which("initdb") or next((str(folder / "initdb") for folder in _POSTGRES), None)
    if initdb is None:
        yield None
        return
    user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-postgres-") as folder:
        if user:
            os.chown(folder, *pwd.getpwnam(user)[2:4])
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        assert _start([initdb, "-D", f"{folder}/data", *options], user).wait() == 0, "initdb failed"
        server = [str(Path(initdb).with_name("postgres")), "-D", f"{folder}/data"]
        started = _start([*server, "-p", str(port), "-k", folder], user)
        try:
            wait_for(port)
            yield Server(f"postgres://postgres@127.0.0.1:{port}/", psutil.Process(started.pid))
        finally:
            started.send_signal(2)  # SIGINT: do not wait for clients
            started.wait()


@contextmanager
def mosquitto() -> Iterator[Server | None]:
    """Start a Mosquitto that takes websockets. None if it is not installed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="smallweb-bench-mosquitto-") as folder:
        config = Path(folder, "mosquitto.conf")
        lines = [f"listener {port}", "protocol websockets", "socket_domain ipv4"]
        lines += [
            f"listener {free_port()} 127.0.0.1",
            "allow_anonymous true",
        ]  # 2.0.11 wants one without, too
        config.write_text("\n".join([*lines, f"user {pwd.getpwuid(os.geteuid()).pw_name}", ""]))
        started = _start([program, "-c", str(config)])
        try:
            wait_for(port)
            yield Server(f"ws://127.0.0.1:{port}/", psutil.Process(started.pid))
        finally:
            started.terminate()
            started.wait()


def _start(command: list[str], user: str | None = None) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, user=user, cwd="/", stdout=quiet, stderr=quiet)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, *, limit_s: float = 30) -> None:
    deadline = time.monotonic() + limit_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nothing answers at port {port}"
            time.sleep(0.05)
