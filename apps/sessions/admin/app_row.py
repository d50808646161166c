"""Apps for operators: who may use them, how much they may take, and how many sessions run."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import Media
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...core.access import parse_rule
from ...core.admin import EMPTY, Done, Operation, SwitchedAdmin, enabled_cell, live_cell, switch_operations
from ...core.exceptions import SmallwebError
from ..exceptions import NoHost
from ..models import AppRow
from ..registry import apps
from ..services.manage_sessions import end_sessions, list_sessions
from ..services.tell_rows import LIVE_TOPIC, tell_rows_changed
from .limits import limits_table, value_of

END_PERMISSION = "smallweb_sessions.end_session"
_SETTINGS = gettext_lazy("Empty: what the settings say.")


def _end_all(row: AppRow, now: datetime) -> Done:
    count = end_sessions(app=row.name, reason="ended by an operator")
    text = ngettext(
        "%(count)d session of %(app)s is ended.", "%(count)d sessions of %(app)s are ended.", count
    )
    return Done(text % {"count": count, "app": row.name})


@admin.register(AppRow)
class AppRowAdmin(SwitchedAdmin):
    live_topic = LIVE_TOPIC
    live_every_s = 5
    operations = [
        *switch_operations("smallweb_sessions.change_approw", tell=tell_rows_changed),
        Operation(
            name="end_sessions",
            label=gettext_lazy("end all sessions"),
            permission=END_PERMISSION,
            do=_end_all,
        ),
    ]
    list_display = ("name", "shown_state", "shown_address", "shown_rule", "shown_ways", "shown_running")
    list_filter = ("enabled", "in_code")
    search_fields = ("name",)
    readonly_fields = (
        "shown_address", "shown_code", "shown_running", "shown_limits", "shown_edits", "shown_origin",
    )  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "shown_address", "shown_code", "shown_running"]}),
        (gettext_lazy("On or off"), {
            "fields": ["enabled"],
            "description": gettext_lazy(
                "What is switched off answers as if it were not there; sessions that run go on."
            ),
        }),
        (gettext_lazy("Who may, and how"), {"fields": ["access", "http_only", "parano", "debug"]}),
        (gettext_lazy("Limits"), {
            "fields": [
                "timeout_interaction_s", "timeout_inactivity_s", "max_per_visitor", "max_per_app",
                "memory_mb", "cpu_s", "file_mb", "open_files",
            ],
            "description": gettext_lazy("They hold for sessions that begin from now on. 0: no limit."),
        }),
        (gettext_lazy("What holds"), {"fields": ["shown_limits", "shown_edits", "shown_origin"]}),
    ]  # fmt: skip

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_sessions/admin.css"]})

    def tell_changed(self) -> None:
        tell_rows_changed()

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        field.label = capfirst(str(db_field.verbose_name))
        if db_field.name == "access":
            field.validators.append(_require_rule)
            field.help_text = _(
                "A rule: public, login, staff, permission:app.codename, group:name or rule:name. "
                "Empty: what the settings say."
            )
        elif db_field.null:
            field.help_text = f"{field.help_text} {_SETTINGS}".strip()
        return field

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.tell_changed()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        self.tell_changed()

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> AppRow | None:
        row: Any = super().get_object(request, *args, **kwargs)
        if row is not None:
            row.asked_by = request
        return row  # type: ignore[no-any-return]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask the host once for all of them."""
        listed = super().get_changelist_instance(request)
        running = _running()
        for row in listed.result_list:
            row.asked_by, row.running = request, running
        return listed

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, row: Any) -> SafeString:
        """On or off, and whether an operator has changed what the code says."""
        is_edited = bool(row.code_defaults and row.edited_fields())
        edited = '<span class="smallweb-state smallweb-running">{}</span>' if is_edited else "{}"
        mark = format_html(edited, _("edited here") if is_edited else "")
        return live_cell(row, "state", format_html("{} {}", enabled_cell(row.enabled), mark))

    @admin.display(description=gettext_lazy("address"))
    def shown_address(self, row: AppRow) -> SafeString:
        url = address_of(row.name)
        if not url:
            return SafeString(EMPTY)
        return format_html('<a href="{}"><code class="smallweb-long">{}</code></a>', url, url)

    @admin.display(description=gettext_lazy("who may"), ordering="access")
    def shown_rule(self, row: AppRow) -> SafeString:
        source = "" if row.access else _("as the settings say")
        shown = '<code>{}</code> <div class="smallweb-doc">{}</div>'
        return live_cell(row, "rule", format_html(shown, value_of(row, "access"), source))

    @admin.display(description=gettext_lazy("how"))
    def shown_ways(self, row: AppRow) -> SafeString:
        names = ("http_only", "parano", "debug")
        words = [row._meta.get_field(name).verbose_name for name in names if getattr(row, name)]  # type: ignore[union-attr]
        return live_cell(row, "ways", ", ".join(map(str, words)) or EMPTY)

    @admin.display(description=gettext_lazy("running"))
    def shown_running(self, row: Any) -> SafeString:
        running = getattr(row, "running", None) or _running()
        if running is None:
            return live_cell(row, "running", EMPTY)
        count = running[row.name]
        words = ngettext("%(count)d session", "%(count)d sessions", count) % {"count": count}
        if not row.asked_by.user.has_perm("smallweb_sessions.view_session"):
            return live_cell(row, "running", words)
        url = f"{reverse('admin:smallweb_sessions_session_changelist')}?{urlencode({'app': row.name})}"
        return live_cell(row, "running", format_html('<a href="{}">{}</a>', url, words))

    @admin.display(description=gettext_lazy("code"))
    def shown_code(self, row: AppRow) -> SafeString | str:
        made = apps.find(row.name)
        if made is None:
            return self.shown_origin(row)
        shown = '<code class="smallweb-long">{}</code> <span class="smallweb-quiet">{}</span>'
        return format_html(shown, made.target, made.python)

    @admin.display(description=gettext_lazy("limits that hold"))
    def shown_limits(self, row: AppRow) -> SafeString:
        return live_cell(row, "limits", limits_table(row))


def address_of(app: str) -> str:
    """Return the path of an app; empty where no URL leads to it."""
    try:
        return reverse("smallweb_sessions:app", args=[app])
    except NoReverseMatch:
        return ""


def _running() -> Counter[str] | None:
    """Return how many sessions run of each app; None where the host does not say."""
    try:
        return Counter(one.app for one in list_sessions(measured=False).sessions if not one.is_ending)
    except NoHost:
        return None


def _require_rule(text: str) -> None:
    try:
        parse_rule(text)
    except SmallwebError as error:
        raise ValidationError(str(error)) from error
