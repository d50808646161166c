"""Rows of sessions."""

from __future__ import annotations

from .app_row import AppRow

__all__ = ["AppRow"]
