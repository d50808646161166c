"""Namespaces of channels in the admin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..channels.namespaces import VERBS
from ..models import ChannelNamespace
from .operations import Done, Operation, OperationRefused
from .registered import RegisteredAdmin


def _reset(row: ChannelNamespace, now: datetime) -> Done:
    fields = row.reset_to_code()
    if not fields:
        raise OperationRefused(_("%(row)s is as the code says.") % {"row": row})
    row.save(update_fields=fields)
    return Done(_("%(row)s is as the code says again.") % {"row": row})


@admin.register(ChannelNamespace)
class ChannelNamespaceAdmin(RegisteredAdmin):
    """Who may hear, say and see what on which channels; a change counts in all processes within a second."""

    operations = [
        Operation(
            name="reset",
            label=gettext_lazy("reset to code"),
            permission="smallweb_core.change_channelnamespace",
            do=_reset,
            is_offered=lambda row: row.in_code and bool(row.edited_fields()),
        )
    ]
    list_display = (
        "name", "enabled", *VERBS, "retain", "history_size", "latest", "shown_origin",
    )  # fmt: skip
    list_filter = ("enabled", "in_code")
    search_fields = ("name",)
    readonly_fields = ("shown_edits", "shown_origin")
    fieldsets = (
        (None, {"fields": ("name", "enabled")}),
        (
            gettext_lazy("Who may"),
            {
                "fields": VERBS,
                "description": gettext_lazy(
                    "Empty: no client. Otherwise public, login, staff, permission:<app.codename>, "
                    "group:<name> or rule:<name>. The site's own code always may publish."
                ),
            },
        ),
        (gettext_lazy("What is kept"), {"fields": ("retain", "history_size", "history_age_s", "latest")}),
        (gettext_lazy("Now"), {"fields": ("shown_edits", "shown_origin")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A namespace that does not exist yet has no present."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else fieldsets[:-1]
