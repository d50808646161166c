"""Functions that get text and files, folders that keep files, queues that keep work."""

from __future__ import annotations

from ..core.access import access_rule
from ..core.exceptions import PublicError
from .registry import folder, handler

__all__ = ["PublicError", "access_rule", "folder", "handler"]
