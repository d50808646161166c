"""Publish and subscribe, between all processes of a site and its pages."""

from __future__ import annotations

from .namespaces import Namespace, namespaces
from .publish import apublish, clear, publish, publish_as

__all__ = ["Namespace", "apublish", "clear", "namespaces", "publish", "publish_as"]
