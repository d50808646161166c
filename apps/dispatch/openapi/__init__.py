"""The OpenAPI document (spec.openapis.org, 3.1) of what a caller may call."""

from __future__ import annotations

from .document import document_for

__all__ = ["document_for"]
