"""Python apps of which every visitor has a process of their own."""

from __future__ import annotations

from .handle import handle
from .registry import asgi_app, htag_app
from .runner import Runner

__all__ = ["Runner", "asgi_app", "handle", "htag_app"]
