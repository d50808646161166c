"""From the trigger of a trivial task to its result: over smallweb's URLs, and with Celery's own calls."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles

import psutil

from bench import _servers, _tree
from bench.host.environment import ROOT

COUNT, PAUSE_S, LOOK_S = 50, 0.03, 0.002


def measure_tasks(environment: dict[str, str], *, rounds: int) -> dict[str, dict[str, float]]:
    """Return ``p50_s`` and ``p99_s`` of each way: rounds in turn, over all their tasks."""
    took: dict[str, list[float]] = {}
    with smallweb(environment) as ask, celery(environment) as celery_ask:
        ways = {"smallweb: POST, then GET of the status, SQLite": ask}
        if celery_ask is not None:
            ways["Celery: delay().get(), Redis"] = celery_ask
        for _ in range(rounds):
            for title, way in ways.items():
                took.setdefault(title, []).extend(_times_of(way))
    return {
        title: {"p50_s": median(each), "p99_s": quantiles(each, n=100, method="inclusive")[98]}
        for title, each in took.items()
    }


def _times_of(ask: Callable[[int], None]) -> list[float]:
    found = []
    for number in range(COUNT):
        begun_at = time.perf_counter()
        ask(number)
        found.append(time.perf_counter() - begun_at)
        time.sleep(PAUSE_S)
    return found


@contextmanager
def smallweb(environment: dict[str, str]) -> Iterator[Callable[[int], None]]:
    """Run the project as ``make run`` does; yield what starts a task and returns at its end."""
    port = _servers.free_port()
    up = [sys.executable, "manage.py", "smallweb_up", "--port", str(port)]
    with started(up, environment):
        _servers.wait_for(port, limit_s=60)
        line = http.client.HTTPConnection("127.0.0.1", port)
        cookie: dict[str, str] = {}

        def ask(number: int) -> None:
            line.request("POST", "/shop/Open/trivial", f"number={number}", {**_FORM, **cookie})
            answer = line.getresponse()
            body, location = json.loads(answer.read()), answer.headers["Location"]
            assert (answer.status, body["type"]) == (202, "task"), body
            if not cookie:
                cookie["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
            while True:
                line.request("GET", location, headers=cookie)
                status = json.loads(line.getresponse().read())
                if status["status"] == "SUCCESS":
                    assert status["data"] == number
                    return
                assert status["status"] in ("Running", "inProgress"), status
                time.sleep(LOOK_S)

        for number in range(5):
            ask(number)
        yield ask


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def celery(environment: dict[str, str]) -> Iterator[Callable[[int], None] | None]:
    """Yield what starts a task of Celery's and returns at its end; None without a Redis."""
    with _servers.redis() as server:
        if server is None:
            yield None
            return
        import os

        os.environ["BENCH_REDIS"] = server.url + "0"
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bench.http_servers.with_celery",
            "worker",
            "-c2",
            "-lERROR",
        ]
        with started(command, {**environment, "BENCH_REDIS": server.url + "0"}):
            from bench.http_servers.with_celery import trivial

            def ask(number: int) -> None:
                assert trivial.delay(number).get(timeout=60) == number

            for number in range(5):
                ask(number)
            yield ask


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[psutil.Process]:
    process = psutil.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        _tree.kill(_tree.members([process]))
        process.wait()
