"""What the task workers do, and how they hear of it."""

from .work import WorkSource, ring_workers, work_sources

__all__ = ["WorkSource", "ring_workers", "work_sources"]
