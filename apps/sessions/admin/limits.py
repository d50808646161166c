"""Which limits of an app hold, and who has set them."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, table
from ..conf import sessions_settings
from ..models import AppRow

FIELDS = (
    "access", "timeout_interaction_s", "timeout_inactivity_s", "max_per_visitor", "max_per_app", "memory_mb",
    "cpu_s", "file_mb", "open_files",
)  # fmt: skip


def limits_table(row: AppRow) -> SafeString:
    """Return each limit as it holds now, beside what the code says."""
    headings = (_("Limit"), _("Holds"), _("From"), _("In code"))
    return table(headings, [_limit(row, name) for name in FIELDS], label=_("Limits"))


def value_of(row: AppRow, name: str) -> Any:
    """Return what holds for the app: what its row says, or the settings."""
    own = getattr(row, name)
    return getattr(sessions_settings(), name) if own in (None, "") else own


def _limit(row: AppRow, name: str) -> tuple[object, ...]:
    words = capfirst(str(row._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
    in_code = row.code_defaults.get(name)
    return words, _shown(value_of(row, name)), _origin(row, name), _shown(in_code)


def _origin(row: AppRow, name: str) -> str:
    if name in row.edited_fields():
        return _("here")
    return _("the settings") if getattr(row, name) in (None, "") else _("the code")


def _shown(value: Any) -> str:
    if value in (None, ""):
        return EMPTY
    if isinstance(value, str):
        return value
    return f"{value:g}" if value else _("no limit")
