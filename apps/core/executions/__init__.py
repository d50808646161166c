"""Tasks: functions that a worker runs, once the transaction that wished it has committed."""

from .context import TaskContext
from .registry import Task, task, tasks

__all__ = ["Task", "TaskContext", "task", "tasks"]
