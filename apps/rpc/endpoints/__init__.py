"""What stands behind each path of a served object: a flat table, made once, when the object is registered."""

from __future__ import annotations

from .attribute import AttributeEndpoint
from .base import Endpoint, Limits, Rules
from .function import FunctionEndpoint

__all__ = ["AttributeEndpoint", "Endpoint", "FunctionEndpoint", "Limits", "Rules"]
