"""Rows for the namespaces of the code."""

from __future__ import annotations

from ..channels.namespaces import VERBS, namespaces
from ..models import ChannelNamespace
from ..sync import SyncResult, sync_rows


def sync_namespaces() -> SyncResult:
    """Make a row of every namespace that the code registers."""
    defaults = {
        entry.name: {
            **{verb: entry.rule(verb) or "" for verb in VERBS},
            "retain": entry.retain,
            "history_size": entry.history_size,
            "history_age_s": entry.history_age_s,
            "latest": entry.latest,
        }
        for entry in namespaces
        if not entry.name.startswith("$")
    }
    return sync_rows(ChannelNamespace, defaults)
