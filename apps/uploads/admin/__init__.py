"""Uploads and queues for operators."""

from __future__ import annotations

from .folder import UploadFolderAdmin
from .handler import UploadHandlerAdmin
from .queue_item import QueueItemAdmin
from .stored_file import StoredFileAdmin
from .upload import UploadAdmin

__all__ = ["QueueItemAdmin", "StoredFileAdmin", "UploadAdmin", "UploadFolderAdmin", "UploadHandlerAdmin"]
