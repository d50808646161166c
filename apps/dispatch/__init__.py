"""URLs that are code: folder/library/Class/method, and long work with a status."""

from __future__ import annotations

from ..core.access import access_rule
from ..core.exceptions import PublicError
from .controller import Controller
from .marks import endpoint, html, private, safe, task
from .progress import Progress
from .values import Html, UrlPath

__all__ = [
    "Controller", "Html", "Progress", "PublicError", "UrlPath", "access_rule", "endpoint", "html", "private",
    "safe", "task",
]  # fmt: skip
