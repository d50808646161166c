"""django-tasks with its database backend: one process of ``db_worker`` for each worker."""

from __future__ import annotations

from django_tasks import task

from bench.engines import work


@task()
def note(number: int, pause_s: float) -> None:
    work.note(number, pause_s)


def enqueue(number: int, pause_s: float) -> None:
    note.enqueue(number, pause_s)
