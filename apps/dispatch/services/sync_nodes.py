"""Rows for the folders, libraries, classes and methods of the code."""

from __future__ import annotations

from typing import Any

from ...core.sync import SyncResult, sync_rows
from ..models import Node
from ..registry import endpoints
from .policy import levels, policy


def sync_nodes() -> SyncResult:
    """Make a row of every method that a URL reaches, and of all that it lies in."""
    values: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        if not endpoint.is_public:
            continue
        method, class_, library, *folders = levels(endpoint.name)
        for folder in reversed(folders):
            values.setdefault(folder, {"kind": Node.Kind.FOLDER, "access": ""})
        values.setdefault(library, {"kind": Node.Kind.LIBRARY, "access": ""})
        rule = endpoint.controller.smallweb_dispatch_options.access or ""
        values.setdefault(class_, {"kind": Node.Kind.CLASS, "access": rule})
        values[method] = {"kind": Node.Kind.METHOD, "access": endpoint.own_access}
    result = sync_rows(Node, values)
    policy.forget()
    return result
