"""Rows of served objects: what operators change, what is tracked, what was called."""

from __future__ import annotations

from .call_record import CallRecord
from .remote import RemoteMember, RemoteObject
from .tracked_value import TrackedValue

__all__ = ["CallRecord", "RemoteMember", "RemoteObject", "TrackedValue"]
