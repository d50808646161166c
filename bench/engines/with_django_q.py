"""django-q2: ``async_task`` and its own ``qcluster`` with the ORM broker."""

from __future__ import annotations

from django_q.tasks import async_task


def enqueue(number: int, pause_s: float) -> None:
    async_task("bench.engines.work.note", number, pause_s)
