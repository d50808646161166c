"""Uploads and queues for operators."""

from __future__ import annotations

from .queue_item import QueueItemAdmin

__all__ = ["QueueItemAdmin"]
