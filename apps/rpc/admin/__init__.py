"""Served objects, tracked values and calls for operators."""

from __future__ import annotations

from .call_record import CallRecordAdmin
from .remote_member import RemoteMemberAdmin
from .remote_object import RemoteObjectAdmin
from .tracked_value import TrackedValueAdmin

__all__ = ["CallRecordAdmin", "RemoteMemberAdmin", "RemoteObjectAdmin", "TrackedValueAdmin"]
