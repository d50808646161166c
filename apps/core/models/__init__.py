"""Rows that every app builds on."""

from .execution import Execution, ExecutionQuerySet, State
from .registered import RegisteredRow

__all__ = ["Execution", "ExecutionQuerySet", "RegisteredRow", "State"]
