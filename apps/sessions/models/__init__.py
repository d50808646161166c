"""Rows of sessions."""

from __future__ import annotations

from .app_row import AppRow
from .session import Session

__all__ = ["AppRow", "Session"]
