"""Pages, jobs, runs and maintenance windows for operators."""

from __future__ import annotations

from .job import JobAdmin
from .page import PageAdmin
from .run import JobRunAdmin
from .window import MaintenanceWindowAdmin

__all__ = ["JobAdmin", "JobRunAdmin", "MaintenanceWindowAdmin", "PageAdmin"]
