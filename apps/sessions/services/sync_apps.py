"""Rows for the apps of the code."""

from __future__ import annotations

from dataclasses import replace

from ...core.fresh_rows import FreshRows
from ...core.sync import SyncResult, sync_rows
from ..models import AppRow
from ..registry import HostedApp, apps

FIELDS = (
    "access", "http_only", "parano", "debug", "timeout_interaction_s", "timeout_inactivity_s",
    "max_per_visitor", "max_per_app", "memory_mb", "cpu_s", "file_mb", "open_files",
)  # fmt: skip


def sync_apps() -> SyncResult:
    """Make a row of every app."""
    result = sync_rows(AppRow, {app.name: {name: getattr(app, name) for name in FIELDS} for app in apps})
    rows.forget()
    return result


def read_apps() -> dict[str, HostedApp]:
    """Return the apps that are switched on, as their rows say."""
    found = {row.name: row for row in AppRow.objects.filter(enabled=True, in_code=True)}
    return {
        app.name: replace(app, **{name: getattr(found[app.name], name) for name in FIELDS})
        for app in apps
        if app.name in found
    }


rows: FreshRows[dict[str, HostedApp]] = FreshRows(read_apps, {})
