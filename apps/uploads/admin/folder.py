"""Upload folders for operators: who may what, which paths and kinds, and how much is taken."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import SwitchedAdmin, live_cell, switch_operations
from ..exceptions import CannotUpload
from ..models import UploadFolder
from ..registry import require_name
from ..services.describe_usage import Usage, folder_usage
from ..services.tell_rows import tell_rows_changed
from .links import address_cell, address_of, links_cell, list_url
from .rules_admin import ACCEPT_HELP, PATHS_HELP, RULE_HELP, SIZE_HELP, RulesAdmin, lines_cell
from .usage_cells import usage_cell

_NOBODY = {"empty": gettext_lazy("nobody")}


@admin.register(UploadFolder)
class UploadFolderAdmin(RulesAdmin):
    """Folders may be made here, too; what the code declares cannot be deleted."""

    operations = switch_operations("smallweb_uploads.change_uploadfolder", tell=tell_rows_changed)
    list_display = ("name", "shown_state", "shown_access", "shown_kinds", "shown_usage")
    list_filter = ("enabled", "in_code")
    search_fields = ("name",)
    readonly_fields = ("shown_address", "shown_usage", "shown_links", "shown_edits", "shown_origin")
    fieldsets = [
        (None, {"fields": ["name", "shown_address", "shown_usage", "shown_links"]}),
        (gettext_lazy("On or off"), {
            "fields": ["enabled"],
            "description": gettext_lazy("What is off answers as if it were not there; its files stay."),
        }),
        (gettext_lazy("Who may"), {
            "fields": ["access", "read_access", "list_access", "delete_access", "owner_only"],
            "description": RULE_HELP % _NOBODY,
        }),
        (gettext_lazy("Which files"), {"fields": ["create_rules", "overwrite_rules", "accept", "max_bytes"]}),
        (gettext_lazy("Where, and for how long"), {"fields": ["root", "quota_bytes", "keep_days"]}),
        (gettext_lazy("Origin"), {"fields": ["shown_edits", "shown_origin"]}),
    ]  # fmt: skip
    helps = {
        "name": gettext_lazy("The part of the address after folders/: letters, digits, _ and -."),
        "owner_only": gettext_lazy(
            "A user reads, lists, replaces and deletes her own files alone; "
            "who may change folders here sees all."
        ),
        "accept": ACCEPT_HELP,
        "create_rules": PATHS_HELP,
        "overwrite_rules": gettext_lazy(
            "The same, for paths that have a file already. Empty: none is replaced."
        ),
        "max_bytes": SIZE_HELP % {"empty": gettext_lazy("what the settings say")},
        "quota_bytes": gettext_lazy("What all its files together may take. Empty: no limit but the disk."),
        "keep_days": gettext_lazy("Files that are older are deleted. Empty: they stay."),
        "root": gettext_lazy("Where new files lie; those that are there stay where they are."),
    }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super(SwitchedAdmin, self).has_add_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The name is the address: it stays what it was made as."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None or "name" in fixed else [*fixed, "name"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a folder that is not there yet there is nothing to show."""
        if obj is not None:
            return self.fieldsets
        return [(None, {"fields": ["name"]}), *self.fieldsets[1:-1]]

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "name":
            field.validators.append(_require_route)
        if field is not None and db_field.name == "keep_days":
            field.validators.append(_require_positive)
        return field

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> UploadFolder | None:
        row: Any = super().get_object(request, *args, **kwargs)
        if row is not None:
            row.asked_by = request
        return row  # type: ignore[no-any-return]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count what all of them keep at once."""
        listed = super().get_changelist_instance(request)
        usage = folder_usage(listed.result_list)
        for row in listed.result_list:
            row.usage = usage[row.pk]
        return listed

    @admin.display(description=gettext_lazy("who may"))
    def shown_access(self, row: UploadFolder) -> SafeString:
        said = [
            (_("send"), row.access), (_("fetch"), row.read_access),
            (_("list"), row.list_access), (_("delete"), row.delete_access),
        ]  # fmt: skip
        words = ", ".join(f"{verb}: {rule or _('nobody')}" for verb, rule in said)
        own = _("each user her own") if row.owner_only else ""
        shown = '<span class="smallweb-long">{}</span><div class="smallweb-doc">{}</div>'
        return live_cell(row, "access", format_html(shown, words, own))

    @admin.display(description=gettext_lazy("paths and kinds"))
    def shown_kinds(self, row: UploadFolder) -> SafeString:
        paths = lines_cell(row.create_rules, empty=_("no new files"))
        kinds = lines_cell(row.accept, empty=_("all kinds"))
        return live_cell(row, "kinds", format_html("<div>{}</div><div>{}</div>", paths, kinds))

    @admin.display(description=gettext_lazy("taken"))
    def shown_usage(self, row: Any) -> SafeString:
        usage: Usage = getattr(row, "usage", None) or folder_usage([row])[row.pk]
        return live_cell(row, "usage", usage_cell(usage, most_bytes=row.quota_bytes))

    @admin.display(description=gettext_lazy("address"))
    def shown_address(self, row: UploadFolder) -> SafeString:
        return address_cell(address_of("folder", row.name))

    @admin.display(description=gettext_lazy("what is there"))
    def shown_links(self, row: Any) -> SafeString | str:
        files = list_url("storedfile", folder__id__exact=row.pk)
        return links_cell(row.asked_by, files=files, uploads=list_url("upload", to=f"folders/{row.name}"))


def _require_route(name: str) -> None:
    try:
        require_name("folder", name)
    except CannotUpload as error:
        raise ValidationError(str(error)) from error


def _require_positive(days: float) -> None:
    if not days > 0:
        raise ValidationError(_("Write a number over 0, or nothing."))
