"""Executions of all kinds, merged, some at a time: bounded work however many there are."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.apps import apps
from django.db.models import Q

from ..models import Execution, State

Section = Literal["all", "running", "waiting", "failed", "finished"]
Kind = type[Execution]
Position = tuple[int, ...]
"""After which row a kind goes on: its primary key; of what waits, its start in microseconds before that."""

# How many rows of a kind are looked through for those of one state, for one page.
WINDOW = 20_000
_MAX_RUNNING = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_END: Position = ()


@dataclass(frozen=True)
class Found:
    """``older``: where each kind goes on, by its label; None when nothing is left."""

    runs: list[Execution]
    older: dict[str, Position] | None


@dataclass(frozen=True)
class _Part:
    """What one kind has to give; ``rest`` is where it goes on after all these, _END where it does not."""

    label: str
    runs: list[Execution]
    rest: Position


def kinds() -> list[Kind]:
    """Return every model of executions that has rows of its own."""
    return [model for model in apps.get_models() if issubclass(model, Execution) and not model._meta.proxy]


def browse(
    models: Sequence[Kind], section: Section, positions: Mapping[str, Position], *, limit: int
) -> Found:
    """Return up to ``limit`` runs of these kinds: what waits in the order of its start, others newest first.

    ``positions`` is ``older`` of the page before. A page may hold less than there is of a rare state:
    ``older`` goes on from where it stopped looking.
    """
    order = _SOONEST if section == "waiting" else _NEWEST
    parts = [
        order.read(model, section, positions.get(model._meta.label_lower), limit)
        for model in models
        if positions.get(model._meta.label_lower) != _END
    ]
    merged = heapq.merge(*(_with_label(part) for part in parts), key=lambda pair: order.key(pair[1]))
    shown = [pair for pair, _ in zip(merged, range(limit), strict=False)]
    older = {label: _END for label, position in positions.items() if position == _END}
    for part in parts:
        older[part.label] = _next(part, [run for label, run in shown if label == part.label], order)
    return Found([run for _, run in shown], older if any(older.values()) else None)


def _with_label(part: _Part) -> Iterator[tuple[str, Execution]]:
    return ((part.label, run) for run in part.runs)


def _next(part: _Part, shown: list[Execution], order: _Order) -> Position:
    if len(shown) == len(part.runs):
        return part.rest
    return order.position(shown[-1]) if shown else order.before(part.runs[0])


@dataclass(frozen=True)
class _Order:
    read: Callable[[Kind, Section, Position | None, int], _Part]
    key: Callable[[Execution], Any]
    position: Callable[[Execution], Position]
    before: Callable[[Execution], Position]


def _read_newest(model: Kind, section: Section, position: Position | None, limit: int) -> _Part:
    """Newest is the highest key: an index that every table has."""
    label = model._meta.label_lower
    rows = _manager(model).listed().order_by("-pk")
    if position is not None:
        rows = rows.filter(pk__lt=position[0])
    bottom = 0
    if section == "running":
        # Through the index of what runs: there is little of it, and it may be old.
        running = _manager(model).filter(state=State.RUNNING).order_by("lease_expires_at")
        rows = rows.filter(pk__in=list(running.values_list("pk", flat=True)[:_MAX_RUNNING]))
    elif section != "all":
        newest = rows.values_list("pk", flat=True).first() or 0
        bottom = max(0, newest - WINDOW)
        rows = (rows.failed() if section == "failed" else rows.final()).filter(pk__gt=bottom)
    runs = list(rows[: limit + 1])
    if len(runs) > limit:
        return _Part(label, runs[:limit], (runs[limit - 1].pk,))
    return _Part(label, runs, (bottom + 1,) if bottom else _END)


def _read_soonest(model: Kind, section: Section, position: Position | None, limit: int) -> _Part:
    rows = _manager(model).listed().filter(state=State.READY).order_by("run_after", "pk")
    if position is not None and len(position) == 2:
        at, pk = _EPOCH + timedelta(microseconds=min(position[0], _LATEST_US)), position[1]
        rows = rows.filter(Q(run_after__gt=at) | Q(pk__gt=pk), run_after__gte=at)
    runs = list(rows[: limit + 1])
    more = len(runs) > limit
    return _Part(model._meta.label_lower, runs[:limit], _start_position(runs[limit - 1]) if more else _END)


def _start_position(run: Execution) -> Position:
    return ((run.run_after - _EPOCH) // timedelta(microseconds=1), run.pk)


def _manager(model: Kind) -> Any:
    return model._default_manager


_NEWEST = _Order(
    read=_read_newest,
    key=lambda run: -run.created_at.timestamp(),
    position=lambda run: (run.pk,),
    before=lambda run: (run.pk + 1,),
)
_SOONEST = _Order(
    read=_read_soonest,
    key=lambda run: run.run_after,
    position=_start_position,
    before=lambda run: (_start_position(run)[0], run.pk - 1),
)
