"""One measurement of one engine: a backlog drained, single tasks started, nothing done at all."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from statistics import median, quantiles
from typing import Any

from bench import _tree
from bench._engine import Place, Workers
from bench.engines.client import FIRST
from bench.engines.work import count_notes, read_notes

QUIET_SHARE = 0.05  # of a core: workers that take less have recorded all that they ran
LIMIT_S = 300


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How much is measured: ``tasks`` of backlog, ``spaced`` single ones, ``idle_s`` seconds of nothing."""

    tasks: int
    spaced: int
    idle_s: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Rates are per second, CPU in seconds, ``idle_share`` is of one core, memory in MB as PSS.

    ``cpu_s`` is that of a task of a backlog, ``single_cpu_s`` that of one that comes alone.
    """

    start_p50_s: float
    start_p99_s: float
    rate: float
    cpu_s: float
    single_cpu_s: float
    server_cpu_s: float | None
    enqueue_rate: float
    many_rate: float | None
    idle_share: float
    memory_mb: float


class Stopwatch:
    """The CPU seconds of the workers from now until ``stop``, and the seconds on the wall."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._begun_at, self._cpu_before_s = time.monotonic(), _tree.cpu_s(*workers.roots)

    def stop(self) -> None:
        self.wall_s = time.monotonic() - self._begun_at
        self.cpu_s = _tree.cpu_s(*self._workers.roots) - self._cpu_before_s
        self.cpu_share = self.cpu_s / self.wall_s


def measure(place: Place, amounts: Amounts) -> Figures:
    """Measure the engine in a fresh place."""
    moments = place.enqueue("backlog", amounts.tasks)
    with place.working() as workers:
        drained = _drain(place, workers, amounts.tasks)
        single = Stopwatch(workers)
        delays = _measure_starts(place, workers, amounts)
        _settle(workers)
        single.stop()
        idle = Stopwatch(workers)
        time.sleep(amounts.idle_s)
        idle.stop()
        memory_mb = _tree.pss_mb(*workers.roots)
    return Figures(
        start_p50_s=median(delays),
        start_p99_s=quantiles(delays, n=100, method="inclusive")[98],
        enqueue_rate=(amounts.tasks - 1) / (moments[-1] - moments[1]),
        many_rate=None,
        single_cpu_s=max(single.cpu_s - idle.cpu_share * single.wall_s, 0) / (amounts.spaced + 1),
        idle_share=idle.cpu_share,
        memory_mb=memory_mb,
        **drained,
    )


def measure_many(place: Place, count: int) -> float:
    """Return how many tasks per second are enqueued by one call for all; nobody runs them."""
    begun_at, ended_at = place.enqueue("many", count)
    return count / (ended_at - begun_at)


def medians(found: list[Figures]) -> Figures:
    """Return the median of each figure over those rounds that have it."""
    columns = {field.name: [getattr(one, field.name) for one in found] for field in fields(Figures)}
    known = {name: [value for value in values if value is not None] for name, values in columns.items()}
    middle: dict[str, Any] = {name: median(values) if values else None for name, values in known.items()}
    return Figures(**middle)


def _drain(place: Place, workers: Workers, count: int) -> dict[str, Any]:
    """Let the workers run the backlog; the time counts from the begin of the first function to the last's."""
    assert workers.wait_for_notes(1, limit_s=60), place.log()
    cpu_before, server_before = _tree.cpu_s(*workers.roots), _server_cpu_s(place)
    assert workers.wait_for_notes(count, limit_s=LIMIT_S), place.log()
    _settle(workers)
    cpu_s, server_s = _tree.cpu_s(*workers.roots) - cpu_before, _server_cpu_s(place) - server_before
    notes = read_notes(place.notes)
    assert len({note.number for note in notes}) == len(notes) == count, "a task did not run exactly once"
    span_s = max(note.at for note in notes) - min(note.at for note in notes)
    return {
        "rate": (count - 1) / span_s,
        "cpu_s": cpu_s / count,
        "server_cpu_s": server_s / count if place.server else None,
    }


def _measure_starts(place: Place, workers: Workers, amounts: Amounts) -> list[float]:
    """Return the seconds from just before each enqueueing to the function's first line.

    The first of the client is left out: it is when most connect to their database.
    """
    count = count_notes(place.notes) + amounts.spaced + 1
    sent_at = place.enqueue("spaced", amounts.spaced + 1)[1:-1]
    assert workers.wait_for_notes(count, limit_s=60), place.log()
    began = {note.number: note.at for note in read_notes(place.notes)}
    return [began[number] - at for number, at in enumerate(sent_at, FIRST["spaced"] + 1)]


def _settle(workers: Workers) -> None:
    """Wait until the workers have nothing to do: some record what they ran much later."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        second = Stopwatch(workers)
        time.sleep(1)
        second.stop()
        if second.cpu_share < QUIET_SHARE:
            return


def _server_cpu_s(place: Place) -> float:
    return _tree.cpu_s(place.server.process) if place.server else 0.0
