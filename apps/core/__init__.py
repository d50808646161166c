"""The ground that the apps of the suite stand on, and tasks: functions that run in the background."""

from .exceptions import GiveUp
from .executions import Task, TaskContext, task

__all__ = ["GiveUp", "Task", "TaskContext", "task"]
