"""Tasks declared with Django's own decorator."""

from __future__ import annotations

from typing import Any

from django_tasks import TaskContext, task


class Unlucky(Exception):
    pass


@task
def add(a: int, b: int = 0) -> int:
    return a + b


@task(priority=5)
async def add_later(a: int, b: int = 0) -> int:
    return a + b


@task(takes_context=True)
def tell_attempt(context: TaskContext, word: str) -> list[Any]:
    return [word, context.attempt, str(context.task_result.status)]


@task
def fail() -> None:
    raise Unlucky("today")
