"""Which rule stands before each path: the code's, unless an operator has changed a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import Error, connection

from ...core.fresh_rows import FreshRows
from ..conf import dispatch_settings
from ..registry import Endpoint


class Row(NamedTuple):
    enabled: bool
    access: str


def levels(path: str) -> list[str]:
    """Return the path and those of all nodes above it, the nearest first."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def rule_of(endpoint: Endpoint, rows: Mapping[str, Row]) -> str | None:
    """Return the rule before a method; None where it is switched off."""
    return rule_and_place(endpoint, rows)[0]


def rule_and_place(endpoint: Endpoint, rows: Mapping[str, Row]) -> tuple[str | None, str]:
    """Return the rule, and the path of the node that says it: empty for the settings. Where it is switched
    off, None and the path of the node that says so.
    """
    above = levels(endpoint.name)
    off = off_at(above, rows)
    if off is not None:
        return None, off
    return said_at(above, rows, said_in_code(endpoint))


def said_in_code(endpoint: Endpoint) -> dict[str, str]:
    """Return the rules of the method and of its class."""
    return {endpoint.name: endpoint.own_access, endpoint.class_name: endpoint.options.access or ""}


def off_at(above: Sequence[str], rows: Mapping[str, Row]) -> str | None:
    """Return the nearest of these paths that is switched off."""
    return next((path for path in above if path in rows and not rows[path].enabled), None)


def said_at(above: Sequence[str], rows: Mapping[str, Row], in_code: Mapping[str, str]) -> tuple[str, str]:
    """Return the nearest rule, and its path; ``in_code`` counts where there is no row yet."""
    for path in above:
        row = rows.get(path)
        rule = in_code.get(path, "") if row is None else row.access
        if rule:
            return rule, path
    return dispatch_settings().access, ""


def read_rows() -> dict[str, Row]:
    """Return the rows by path; none where the table is not migrated yet."""
    from ..models import Node

    try:
        return {
            row.name: Row(row.enabled, row.access) for row in Node.objects.only("name", "enabled", "access")
        }
    except Error:
        if Node._meta.db_table in connection.introspection.table_names():
            raise
        return {}


policy: FreshRows[dict[str, Row]] = FreshRows(read_rows, {})
