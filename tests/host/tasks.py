"""Tasks declared with Django's own decorator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING or django.VERSION < (6, 0):
    from django_tasks import TaskContext, TaskResultStatus, default_task_backend, task
    from django_tasks.exceptions import InvalidTaskError as InvalidTask
    from django_tasks.exceptions import TaskResultDoesNotExist
    from django_tasks.signals import task_enqueued, task_finished, task_started
else:
    from django.tasks import TaskContext, TaskResultStatus, default_task_backend, task
    from django.tasks.exceptions import InvalidTask, TaskResultDoesNotExist
    from django.tasks.signals import task_enqueued, task_finished, task_started

__all__ = [
    "InvalidTask",
    "TaskResultDoesNotExist",
    "TaskResultStatus",
    "default_task_backend",
    "task_enqueued",
    "task_finished",
    "task_started",
]


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
