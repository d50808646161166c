"""Rows for the handlers and folders of the code."""

from __future__ import annotations

from typing import Any

from ...core.sync import SyncResult, sync_rows
from ..models import UploadFolder, UploadHandler
from ..registry import Folder, folders, handlers
from .policy import policy

_OF_HANDLERS = ("access", "accept", "max_bytes", "max_files")
_OF_FOLDERS = (
    "root", "access", "read_access", "list_access", "delete_access", "owner_only", "accept", "create_rules",
    "overwrite_rules", "max_bytes", "quota_bytes", "keep_days",
)  # fmt: skip


def sync_handlers() -> SyncResult:
    """Make a row of every handler."""
    result = sync_rows(UploadHandler, {made.name: _values(made, _OF_HANDLERS) for made in handlers})
    policy.forget()
    return result


def sync_folders() -> SyncResult:
    """Make a row of every folder, and of those that only handlers name: nobody sends to these directly."""
    wanted = {made.name: made for made in folders}
    for made in handlers:
        if made.folder and made.folder not in wanted:
            wanted[made.folder] = Folder(name=made.folder, read_access=made.access)
    result = sync_rows(UploadFolder, {name: _values(made, _OF_FOLDERS) for name, made in wanted.items()})
    policy.forget()
    return result


def _values(made: Any, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(made, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
