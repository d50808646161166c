"""What the admin pages of all apps stand on."""

from __future__ import annotations

from ..durations import EMPTY, duration_text
from . import (  # noqa: F401
    all_executions,
    api_token,
    channels,
    cluster,
    connections,
    namespaces,
    queue,
    task_run,
)
from .base import Base
from .cells import (
    block,
    clock_text,
    code_cell,
    enabled_cell,
    figures_text,
    indented,
    live_cell,
    moment_cell,
    relative_time,
    state_cell,
    table,
)
from .executions import ExecutionAdmin
from .live import LiveAdmin
from .operations import Done, Operation, OperationRefused, OperationsAdmin
from .record import OutcomeFilter, RecordAdmin, WhoFilter
from .registered import RegisteredAdmin
from .shown_json import as_json, json_block, shortened
from .switched import SwitchedAdmin, switch_operations
from .type_text import type_text, without_modules
from .typed_json import read_json

__all__ = [
    "EMPTY",
    "Base",
    "Done",
    "ExecutionAdmin",
    "LiveAdmin",
    "Operation",
    "OperationRefused",
    "OperationsAdmin",
    "OutcomeFilter",
    "RecordAdmin",
    "RegisteredAdmin",
    "SwitchedAdmin",
    "WhoFilter",
    "as_json",
    "block",
    "clock_text",
    "code_cell",
    "duration_text",
    "enabled_cell",
    "figures_text",
    "indented",
    "json_block",
    "live_cell",
    "moment_cell",
    "read_json",
    "relative_time",
    "shortened",
    "state_cell",
    "switch_operations",
    "table",
    "type_text",
    "without_modules",
]
