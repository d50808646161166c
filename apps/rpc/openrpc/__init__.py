"""The OpenRPC document (spec.open-rpc.org, 1.3) of what a caller may call; clients are made from it."""

from __future__ import annotations

from .document import discover

__all__ = ["discover"]
