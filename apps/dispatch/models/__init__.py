"""Rows of controllers: what operators change, what was asked for, what runs in the background."""

from __future__ import annotations

from .node import Node
from .request_record import RequestRecord
from .ticket import Ticket

__all__ = ["Node", "RequestRecord", "Ticket"]
