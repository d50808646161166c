"""smallweb: ``@task`` and ``manage.py qcluster`` with the project's own settings."""

from __future__ import annotations

from collections.abc import Iterable

from bench.engines.smallweb_site.backend import note


def enqueue(number: int, pause_s: float) -> None:
    note.enqueue(number, pause_s)


def enqueue_many(numbers: Iterable[int]) -> None:
    note.enqueue_many([{"number": number} for number in numbers])
