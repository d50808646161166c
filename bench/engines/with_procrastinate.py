"""procrastinate on PostgreSQL with its Django app: one process for each worker."""

from __future__ import annotations

from collections.abc import Iterable

from procrastinate.contrib.django import app

from bench.engines import work


@app.task(name="note")
def note(number: int, pause_s: float) -> None:
    work.note(number, pause_s)


def enqueue(number: int, pause_s: float) -> None:
    note.defer(number=number, pause_s=pause_s)


def enqueue_many(numbers: Iterable[int]) -> None:
    note.batch_defer(*({"number": number, "pause_s": 0} for number in numbers))
