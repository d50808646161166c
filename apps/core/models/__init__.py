"""Rows that every app builds on."""

from .api_token import ApiToken
from .cluster import Cluster
from .execution import Execution, ExecutionQuerySet, State
from .namespace import ChannelNamespace
from .registered import RegisteredRow
from .task_run import TaskRun

__all__ = [
    "ApiToken",
    "ChannelNamespace",
    "Cluster",
    "Execution",
    "ExecutionQuerySet",
    "RegisteredRow",
    "State",
    "TaskRun",
]
