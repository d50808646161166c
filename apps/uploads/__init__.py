"""Functions that get text and files, folders that keep files, queues that keep work."""

from __future__ import annotations

from ..core.access import access_rule
from ..core.exceptions import PublicError
from .file_return import file_return
from .queue_consumers import consumer
from .queues import queue
from .registry import folder, handler
from .services.sign import signed_url

__all__ = [
    "PublicError", "access_rule", "consumer", "file_return", "folder", "handler", "queue", "signed_url",
]  # fmt: skip
