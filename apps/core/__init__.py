"""The ground that the apps of the suite stand on, and tasks: functions that run in the background."""

from .executions import Task, TaskContext, task

__all__ = ["Task", "TaskContext", "task"]
