"""What the pages of handlers and folders have in common: rules that people can read, write and try."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ChoiceField, Field, Media
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import SwitchedAdmin, enabled_cell, live_cell
from ..conf import uploads_settings
from ..models.rule_fields import AcceptField, PathRulesField
from ..services.tell_rows import tell_rows_changed
from .lines_field import LinesField
from .sizes import SizeField
from .topic import LIVE_TOPIC
from .try_rules import try_rules_view

RULE_HELP = gettext_lazy(
    "A rule: public, login, staff, permission:app.codename, group:name or rule:name. Empty: %(empty)s."
)
ACCEPT_HELP = gettext_lazy(
    "One rule in a line: a group (images, documents, audio, video, archives, text), a type (image/png), "
    "a family (image/*) or an extension (.png). Empty: all kinds."
)
PATHS_HELP = gettext_lazy(
    "One rule in a line: *.png is any name of that kind, albums/*/*.png one in folders, ** any path, "
    "{user}/* what lies in a folder that is called as the user. Empty: nobody."
)
SIZE_HELP = gettext_lazy("Like 500 KiB, 10 MiB or 1.5 GiB. Empty: %(empty)s.")


class RulesAdmin(SwitchedAdmin):
    """``helps``: what stands below the fields."""

    live_topic = LIVE_TOPIC
    change_form_template = "smallweb_uploads/admin/rules_form.html"
    helps: dict[str, Any] = {}

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_uploads/admin.css"]})

    def tell_changed(self) -> None:
        tell_rows_changed()

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        told = {
            "label": capfirst(db_field.verbose_name),
            "required": False,
            "help_text": self.helps.get(db_field.name, ""),
        }
        if isinstance(db_field, AcceptField | PathRulesField):
            return LinesField(**told)
        if db_field.name.endswith("_bytes"):
            return SizeField(**told)
        if db_field.name == "root":
            names = [(name, name) for name in uploads_settings().roots]
            return ChoiceField(choices=[("", _("the first of the settings")), *names], **told)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in self.helps:
            field.help_text = self.helps[db_field.name]
        return field

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_rules_view)
        return [path("<path:object_id>/try/", view, name=self._try_name()), *super().get_urls()]

    def try_rules_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return try_rules_view(self, request, object_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["try_url"] = reverse(f"admin:{self._try_name()}", args=[row.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def _try_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_try"

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.tell_changed()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        self.tell_changed()

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, row: Any) -> SafeString:
        """On or off, and whether an operator has changed what the code says."""
        is_edited = bool(row.code_defaults and row.edited_fields())
        edited = '<span class="smallweb-state smallweb-running">{}</span>' if is_edited else "{}"
        mark = format_html(edited, _("edited here") if is_edited else "")
        return live_cell(row, "state", format_html("{} {}", enabled_cell(row.enabled), mark))


def lines_cell(rules: list[str], *, empty: str) -> SafeString:
    """Return rules as they stand in a list."""
    return format_html('<span class="smallweb-long">{}</span>', ", ".join(rules) or empty)
