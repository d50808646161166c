"""Admin pages about what has no rows."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
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

    def log_use(self, request: HttpRequest, name: str, message: str) -> None:
        """Write to the admin's log what was done to something of this name."""
        LogEntry.objects.create(
            user_id=request.user.pk or 0,
            content_type=ContentType.objects.get_for_model(self.model, for_concrete_model=False),
            object_id=name,
            object_repr=name[:200],
            action_flag=CHANGE,
            change_message=message,
        )
