"""A backend for Django's own tasks (``django.tasks``, or the package django-tasks before Django 6).

``TASKS = {"default": {"BACKEND": "smallweb.core.task_backend.TaskBackend"}}``: what is decorated with
Django's ``@task`` runs here. OPTIONS: ``timeout_s`` and ``max_attempts`` (1, as Django's tasks know no
retries). Queue names are accepted and make no difference; of priorities only the sign counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.dispatch import receiver

from .exceptions import CallFailed
from .executions import Task, TaskContext, tasks
from .models import State, TaskRun
from .signals import run_finished, run_started

if find_spec("django.tasks"):
    _HOME = "django.tasks"
elif find_spec("django_tasks"):
    _HOME = "django_tasks"
else:
    raise ImproperlyConfigured(
        "Django before 6.0 needs the package django-tasks: install django-smallweb[tasks]."
    )

_base: Any = import_module(f"{_HOME}.base")
_signals: Any = import_module(f"{_HOME}.signals")
_exceptions: Any = import_module(f"{_HOME}.exceptions")
_BaseTaskBackend: Any = import_module(f"{_HOME}.backends.base").BaseTaskBackend

_Status = _base.TaskResultStatus
_STATUS = {
    State.READY: _Status.READY,
    State.RUNNING: _Status.RUNNING,
    State.SUCCESSFUL: _Status.SUCCESSFUL,
    State.FAILED: _Status.FAILED,
    State.LOST: _Status.FAILED,
    State.CANCELLED: _Status.FAILED,
}
_CLASS_PATH = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)")

# Django's task of each function that was decorated, by the path that is its name here.
_known: dict[str, Any] = {}


class TaskBackend(_BaseTaskBackend):  # type: ignore[misc]
    supports_async_task = True
    supports_get_result = True
    supports_defer = True
    supports_priority = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.queues: set[str] = set()  # all are one

    def validate_task(self, task: Any) -> None:
        """Let workers run it, too: Django asks for every task that is declared."""
        super().validate_task(task)
        if task.module_path not in _known:
            tasks.register(
                Task(
                    name=task.module_path,
                    origin=task.module_path,
                    function=_Call(task),
                    timeout_s=self.options.get("timeout_s"),
                    max_attempts=self.options.get("max_attempts", 1),
                )
            )
            _known[task.module_path] = task

    def enqueue(self, task: Any, args: Iterable[Any], kwargs: dict[str, Any]) -> Any:
        """Store a run in the current transaction. Raises BadArguments."""
        self.validate_task(task)
        wished = tasks.get(task.module_path).using(
            priority="high" if task.priority > 0 else "low" if task.priority < 0 else "normal",
            run_after=task.run_after,
        )
        result = self._result_of(wished.enqueue(args=list(args), kwargs=kwargs), task)
        _signals.task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> Any:
        """Return the result with this id. Raises TaskResultDoesNotExist."""
        try:
            run = TaskRun.objects.get(uuid=result_id)
        except (TaskRun.DoesNotExist, ValidationError) as error:
            raise _exceptions.TaskResultDoesNotExist(result_id) from error
        if run.task not in _known:
            raise _exceptions.TaskResultDoesNotExist(result_id)
        return self._result_of(run, _known[run.task])

    def _result_of(self, run: TaskRun, task: Any) -> Any:
        result = _base.TaskResult(
            task=task,
            id=str(run.uuid),
            status=_STATUS[State(run.state)],
            enqueued_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            last_attempted_at=run.started_at,
            args=run.arguments["args"],
            kwargs=run.arguments["kwargs"],
            backend=self.alias,
            errors=_errors(run),
            worker_ids=[f"{run.uuid}-{attempt}" for attempt in range(1, run.attempt + 1)],
        )
        object.__setattr__(result, "_return_value", run.result)
        return result


class _Call:
    """What a worker calls: the function with its arguments unpacked."""

    def __init__(self, task: Any) -> None:
        self._task = task
        self.__qualname__ = task.func.__qualname__

    def __call__(self, args: list[Any], kwargs: dict[str, Any], context: TaskContext) -> Any:
        task = self._task
        if task.takes_context:
            result = task.get_backend().get_result(context.uuid)
            args = [_base.TaskContext(task_result=result), *args]
        return task.func(*args, **kwargs)


def _errors(run: TaskRun) -> list[Any]:
    ended = [attempt for attempt in run.earlier_attempts if attempt["traceback"]]
    texts = [attempt["traceback"] for attempt in ended]
    if run.traceback or run.state in (State.FAILED, State.LOST):
        texts.append(run.traceback or run.error)
    return [_base.TaskError(exception_class_path=_class_path(text), traceback=text) for text in texts]


def _class_path(traceback: str) -> str:
    """Return the exception that a traceback ends with."""
    found = _CLASS_PATH.match(traceback.rstrip().rpartition("\n")[2])
    if found is None:
        return f"{CallFailed.__module__}.{CallFailed.__qualname__}"
    path = found.group(1)
    return path if "." in path else f"builtins.{path}"


@receiver(run_started, sender=TaskRun)
def _tell_start(run: TaskRun, **kwargs: Any) -> None:
    _tell(_signals.task_started, run)


@receiver(run_finished, sender=TaskRun)
def _tell_end(run: TaskRun, **kwargs: Any) -> None:
    _tell(_signals.task_finished, run)


def _tell(signal: Any, run: TaskRun) -> None:
    task = _known.get(run.task)
    if task is not None:
        backend = task.get_backend()
        signal.send(type(backend), task_result=backend._result_of(run, task))
