"""Jobs that keep the tags of static HTML pages fresh, on disk and in the browser."""

from .context import JobContext
from .registry import job, job_function, page

__all__ = ["JobContext", "job", "job_function", "page"]
