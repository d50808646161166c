"""Functions that get text and files, folders that keep files, queues that keep work."""

from __future__ import annotations

from ..core.access import access_rule
from ..core.exceptions import PublicError
from .queue_consumers import consumer
from .queues import queue
from .registry import folder, handler

__all__ = ["PublicError", "access_rule", "consumer", "folder", "handler", "queue"]
