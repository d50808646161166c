"""Admin pages about what has no rows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .base import Base


class RowlessAdmin(Base):
    """Seen with the permission to view, and never edited as a row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
