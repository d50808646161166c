"""Rows that every app builds on."""

from .execution import Execution, ExecutionQuerySet, State
from .registered import RegisteredRow
from .task_run import TaskRun

__all__ = ["Execution", "ExecutionQuerySet", "RegisteredRow", "State", "TaskRun"]
