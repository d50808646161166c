"""Controllers, requests and started tasks for operators."""

from __future__ import annotations

from .node import NodeAdmin
from .request_record import RequestRecordAdmin
from .ticket import TicketAdmin

__all__ = ["NodeAdmin", "RequestRecordAdmin", "TicketAdmin"]
