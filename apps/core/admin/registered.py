"""Rows of registered code in the admin: edits survive, and can be given up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..durations import EMPTY
from ..models import RegisteredRow
from .cells import table
from .live import LiveAdmin
from .operations import OperationsAdmin


class RegisteredAdmin(OperationsAdmin, LiveAdmin):
    """The name of a row of the code is the code's; the row can be paused, but only the code can delete it."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = ["name"] if obj is not None and obj.in_code else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.in_code)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Write only what was edited: a worker may have written the rest since the form was opened."""
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    @admin.display(description=gettext_lazy("origin"), ordering="in_code")
    def shown_origin(self, row: RegisteredRow) -> str | SafeString:
        """Whether the row was declared in code, and whether that code is still there."""
        if row.in_code:
            return _("code")
        if row.code_defaults:
            return format_html('<span class="smallweb-state smallweb-lost">{}</span>', _("code is gone"))
        return _("admin")

    @admin.display(description=gettext_lazy("edited"))
    def shown_edits(self, row: RegisteredRow) -> str | SafeString:
        """The edited fields beside what the code says."""
        if not row.code_defaults:
            return EMPTY
        edited = row.edited_fields()
        if not edited:
            return _("As in the code.")
        rows = [
            (_verbose_name(row, field), _shown(getattr(row, field)), _shown(row.code_defaults[field]))
            for field in edited
        ]
        return table([_("Field"), _("Here"), _("In code")], rows, label=_("Edited fields"))


def _verbose_name(row: RegisteredRow, field: str) -> str:
    return str(getattr(row._meta.get_field(field), "verbose_name", field))


def _shown(value: object) -> str:
    return EMPTY if value in ("", None) else str(value)
