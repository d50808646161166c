"""Pages, their jobs, the jobs' runs, and the times when nothing runs."""

from .job import Job
from .page import Page
from .run import JobRun
from .window import MaintenanceWindow

__all__ = ["Job", "JobRun", "MaintenanceWindow", "Page"]
