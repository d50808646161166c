"""What becomes of twenty tasks of 100 ms when workers are killed with SIGKILL.

A program of workers that has ended is started again, as a supervisor does. What is not done after LIMIT_S
counts as lost, whatever the queue still says of it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil

from bench import _tree
from bench._engine import Place, Workers
from bench.engines.client import FIRST, LASTING_S
from bench.engines.work import Note, read_notes

TASKS, KILL_AFTER = 20, 6
LIMIT_S = 60.0
# django-q2's own choice of what to give out again; its default is a minute, and too long to wait for.
RETRY_S = 15
WATCHED_S = RETRY_S + 5.0  # so long a second run is waited for
EVENTS = {
    "busy": "one of two workers, in a task",
    "idle": "the only worker, with nothing to do",
    "all": "everything, in two tasks; started again",
}


@dataclass(frozen=True)
class Result:
    """``lost``, ``doubled``: how many tasks never ended, or ended twice. ``done_s``: until the last end."""

    lost: int
    doubled: int
    done_s: float
    works_on: bool

    def __str__(self) -> str:
        if not self.works_on:
            return f"**hangs**, {self.lost} of {TASKS} lost"
        parts = [f"{self.lost} lost" if self.lost else f"all done after {self.done_s:.0f} s"]
        return ", ".join([*parts, f"{self.doubled} done twice"] if self.doubled else parts)


Promises = dict[str, dict[str, Result]]


def try_promises(templates: list[Place], *, at_once: int = 3) -> Promises:
    """Try each event with each engine, some of them at one time: no more is timed than the end."""
    turns = [(template, event) for template in templates for event in EVENTS]
    with ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(lambda turn: _try(*turn), turns))
    found: Promises = {}
    for (template, event), result in zip(turns, results, strict=True):
        found.setdefault(template.engine.name, {})[event] = result
    return found


def print_promises(templates: list[Place], found: Promises) -> None:
    print(f"\n| kill -9: | {' | '.join(EVENTS.values())} | promised |\n|---|{'---|' * (len(EVENTS) + 1)}")
    for engine in (template.engine for template in templates):
        cells = [str(found[engine.name][event]) for event in EVENTS]
        print(f"| {engine.title} | {' | '.join(cells)} | {engine.promise} |")


def _try(template: Place, event: str) -> Result:
    settings, count = {"BENCH_RETRY_S": str(RETRY_S)}, 1 if event == "idle" else 2
    with template.copied(workers=count, settings=settings) as place, place.working() as workers:
        place.enqueue("backlog", 1)
        assert workers.wait_for_notes(1, limit_s=60), place.log()
        time.sleep(2)
        killed_at = _kill(place, workers, event)
        result = _watch(place, workers, killed_at)
    print(f"{template.engine.title}, {EVENTS[event]}: {result}", file=sys.stderr, flush=True)
    return result


def _kill(place: Place, workers: Workers, event: str) -> float:
    """Kill before or while the tasks run; return when."""
    if event == "idle":
        _tree.kill(_worker(place, workers))
    client = place.start_enqueueing("lasting", TASKS)
    if event != "idle":
        assert workers.wait_for_notes(1 + KILL_AFTER, limit_s=60), place.log()
        time.sleep(LASTING_S / 2)  # in the middle of a task, not between two
        _tree.kill(_worker(place, workers) if event == "busy" else _tree.members(workers.roots))
    killed_at = time.monotonic()
    client.communicate()
    return killed_at


def _worker(place: Place, workers: Workers) -> list[psutil.Process]:
    """Return the worker that called a function last; the process that was called in is a child of some."""
    process = psutil.Process(workers.last_pid())
    parent = process.parent() if place.engine.calls_in_child else None
    return [parent, process] if parent else [process]


def _watch(place: Place, workers: Workers, since: float) -> Result:
    """Keep the workers alive until all tasks have ended and none can come again."""
    ends: Counter[int] = Counter()
    while time.monotonic() < since + LIMIT_S:
        workers.start()
        time.sleep(0.2)
        ends = _count_ends(read_notes(place.notes))
        if len(ends) == TASKS and time.monotonic() > since + WATCHED_S:
            break
    last = max(note.at for note in read_notes(place.notes))
    return Result(
        lost=TASKS - len(ends),
        doubled=sum(count > 1 for count in ends.values()),
        done_s=last - since,
        works_on=len(ends) == TASKS or _works(place),
    )


def _count_ends(notes: list[Note]) -> Counter[int]:
    tasks = range(FIRST["lasting"], FIRST["lasting"] + TASKS)
    return Counter(note.number for note in notes if note.event == "ended" and note.number in tasks)


def _works(place: Place) -> bool:
    """Whether a task that is enqueued now is run."""
    place.enqueue("after", 1)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(note.number == FIRST["after"] for note in read_notes(place.notes)):
            return True
        time.sleep(0.2)
    return False
