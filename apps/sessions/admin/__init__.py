"""Apps and their sessions for operators."""

from __future__ import annotations

from .app_row import AppRowAdmin
from .session import SessionAdmin

__all__ = ["AppRowAdmin", "SessionAdmin"]
