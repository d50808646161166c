"""Publish and subscribe, between all processes of a site and its pages."""

from __future__ import annotations

from .namespaces import Namespace, namespaces
from .publish import apublish, clear, publish

__all__ = ["Namespace", "apublish", "clear", "namespaces", "publish"]
