"""Rows that every app builds on."""

from .api_token import ApiToken
from .cluster import Cluster
from .execution import Execution, ExecutionQuerySet, State
from .inspected import Channel, OpenConnection
from .namespace import ChannelNamespace
from .registered import RegisteredRow
from .task_run import TaskRun

__all__ = [
    "ApiToken",
    "Channel",
    "ChannelNamespace",
    "Cluster",
    "Execution",
    "ExecutionQuerySet",
    "OpenConnection",
    "RegisteredRow",
    "State",
    "TaskRun",
]
