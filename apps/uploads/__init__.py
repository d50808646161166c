"""Functions that get text and files, folders that keep files, queues that keep work."""

from __future__ import annotations

from ..core.access import access_rule
from ..core.exceptions import PublicError
from .file_return import file_return
from .registry import folder, handler
from .services.sign import signed_url

__all__ = ["PublicError", "access_rule", "file_return", "folder", "handler", "signed_url"]
