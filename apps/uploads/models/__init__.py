"""Rows of uploads: what takes files, what was sent, what is kept, what waits in queues."""

from __future__ import annotations

from .folder import UploadFolder
from .handler import UploadHandler
from .queue_item import QueueItem
from .stored_file import StoredFile
from .upload import Upload

__all__ = ["QueueItem", "StoredFile", "Upload", "UploadFolder", "UploadHandler"]
