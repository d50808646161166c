"""How sessions stand on the pages of the admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, duration_text, moment_cell
from ...core.text import storable
from ..services.manage_sessions import SeenSession

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ERROR_LENGTH = 200


def session_url(one: SeenSession) -> str:
    return reverse("admin:smallweb_sessions_session_change", args=[one.short_id])


def list_url(**chosen: str) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value})
    return reverse("admin:smallweb_sessions_session_changelist") + (f"?{query}" if query else "")


def row_of(one: SeenSession, *, now: datetime) -> dict[str, Any]:
    """Return what a row of a list shows."""
    ended_at = datetime.fromtimestamp(one.ended_at, UTC) if one.ended_at else None
    started_at = datetime.fromtimestamp(one.started_at, UTC)
    error = one.last_error.strip().rpartition("\n")[2]
    return {
        "one": one,
        "url": session_url(one),
        "visitor_url": list_url(visitor=one.visitor),
        "app_url": list_url(app=one.app),
        "who": who_of(one),
        "started": moment_cell(started_at, now=now),
        "ended": moment_cell(ended_at, now=now),
        "lived": duration_text(((ended_at or now) - started_at).total_seconds()),
        "idle": duration_text(one.idle_s),
        "busy": duration_text(one.busy_s) if one.busy_s else EMPTY,
        "cpu": duration_text(one.cpu_s) if one.cpu_s else EMPTY,
        "memory": filesizeformat(one.memory_bytes) if one.memory_bytes else EMPTY,
        "error": error if len(error) <= _ERROR_LENGTH else f"{error[:_ERROR_LENGTH]}\N{HORIZONTAL ELLIPSIS}",
        "state": _state(one),
        "reason": one.end_reason or _("it ended by itself"),
    }


def who_of(one: SeenSession) -> str:
    return one.name or (_("visitor %(key)s") % {"key": one.visitor.partition(":")[2][:8]})


def log_text(log: str) -> str:
    """Return a log as a page can show it: without what colours a terminal."""
    return storable(_COLOURS.sub("", log))


def _state(one: SeenSession) -> str:
    if one.ended_at:
        return _("ended")
    if one.end_reason:
        return _("ending")
    return "" if one.is_newest else _("replaced")
