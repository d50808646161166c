"""What is measured of which server, and which of it in the same process of that server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.rpc_servers.catalog import MOSQUITTO, SOCKETIO, TORNADO, Engine, Server, channels, plain, smallweb

PARTS = ("calls", "isolation", "fanout", "loss", "latency", "memory")
ENGINES: tuple[Engine, Engine] = ("uvicorn", "daphne")

KINDS = {
    "sync": "sample.add",
    "inline": "sample.add_inline",
    "async": "sample.add_async",
}
LISTENERS = (100, 1000)


@dataclass(frozen=True)
class Task:
    """One measurement: a row of a part's table, and what the client is told to do."""

    part: str
    row: str
    calls: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """Tasks for one process of a server, in this order: what needs a fresh one comes first."""

    server: Server
    tasks: Sequence[Task]


def all_turns(parts: Sequence[str]) -> list[Turn]:
    """Return the turns of a round, with the tasks of these parts."""
    turns = [*map(_of_callee, _callees()), *map(_of_publisher, _publishers())]
    chosen = [Turn(turn.server, [task for task in turn.tasks if task.part in parts]) for turn in turns]
    return [turn for turn in chosen if turn.tasks]


def _callees() -> list[Server]:
    frameworks = [make(engine) for engine in ENGINES for make in (smallweb, channels, plain)]
    return [*frameworks, TORNADO, SOCKETIO]


def _publishers() -> list[Server]:
    groups = [channels("uvicorn", layer) for layer in ("memory", "bus", "redis", "pubsub")]
    buses = [smallweb(engine, with_redis=with_redis) for engine in ENGINES for with_redis in (False, True)]
    return [*buses, *groups, channels("daphne", "memory"), MOSQUITTO]


def _of_callee(server: Server) -> Turn:
    """A consumer of Channels takes part in all; of the others only the calls are of interest."""
    is_ours = server.dialect == "smallweb"
    kinds = {f"{server.title}, {kind}": method for kind, method in KINDS.items()}
    calls = kinds if is_ours else {server.title: "add"}
    first, wait = next(iter(calls.values())), "sample.wait" if is_ours else "wait"
    tasks = [
        Task("calls", row, {"call": method}, {"seconds": 1.0, "window": 30}) for row, method in calls.items()
    ]
    if is_ours or server.name.startswith("channels"):
        memory = Task("memory", server.title, {"call": first}, {"connections": 1000})
        isolation = Task("isolation", server.title, {"call": first, "wait": wait}, {"seconds": 1.0})
        tasks = [memory, *tasks, isolation]
    return Turn(server, tasks)


def _of_publisher(server: Server) -> Turn:
    """Only what reaches other processes is asked how fast it does."""
    tasks = [
        Task("fanout", f"{server.title}|{count}", numbers={"listeners": count, "seconds": 1.5})
        for count in LISTENERS
    ]
    if server.dialect != "mqtt":
        burst = Task("loss", server.title, numbers={"listeners": 100, "publications": 300})
        tasks = [burst, *tasks]
    if server.dialect == "smallweb" or server.needs == "redis":
        tasks.append(Task("latency", server.title, numbers={"publications": 100}))
    return Turn(server, tasks)
