"""Tracked values for operators: what they are now, and another one for all processes and browsers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import (
    EMPTY,
    Done,
    LiveAdmin,
    Operation,
    OperationsAdmin,
    live_cell,
    moment_cell,
    shortened,
    table,
    type_text,
)
from ..models import TrackedValue
from ..tracked import CHANNELS
from .tracked_value_form import TrackedValueForm, hidden, tracked_endpoint, tracked_endpoints


def reset_value(row: TrackedValue) -> None:
    """Give the value up: the code's default takes its place, and is published."""
    endpoint = tracked_endpoint(row.path)
    if endpoint is None:
        TrackedValue.objects.filter(pk=row.pk).delete()
    else:
        endpoint.attribute.remove()


def _reset(row: TrackedValue, now: datetime) -> Done:
    reset_value(row)
    return Done(_("%(path)s is at its default again.") % {"path": row.path})


@admin.register(TrackedValue)
class TrackedValueAdmin(OperationsAdmin, LiveAdmin):
    """Saving goes the way of the code, so that every browser hears of it."""

    form = TrackedValueForm
    live_topic = f"{CHANNELS}/#"
    change_list_template = "smallweb_rpc/admin/tracked_values.html"
    list_display = ("path", "shown_value", "shown_type", "shown_change", "shown_code")
    search_fields = ("path",)
    readonly_fields = ("shown_type", "shown_channel", "shown_change")
    fields = ("path", "new_value", "shown_type", "shown_channel", "shown_change")
    operations = (
        Operation(
            name="reset",
            label=gettext_lazy("reset to default"),
            permission="smallweb_rpc.delete_trackedvalue",
            do=_reset,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A value that was never set has no present; who may only look has no form."""
        if obj is None:
            return ("path", "new_value")
        may_change = self.has_change_permission(request, obj)
        return self.fields if may_change else ("path", "shown_value", *self.fields[2:])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj is None else ("path", "shown_value", *self.readonly_fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and bool(self._unset())

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by what the value holds: guesses at it would tell what the page hides."""
        return not lookup.startswith("value") and super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"unset": self._unset_table(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        endpoint = tracked_endpoint(obj.path)
        assert endpoint is not None, "the form has asked"
        endpoint.attribute.write(form.cleaned_data["new_value"])
        obj.pk = TrackedValue.objects.get(path=obj.path).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        reset_value(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            reset_value(row)

    def _change_url(self, row: Any) -> str:
        """What was reset has no page of its own any more."""
        if TrackedValue.objects.filter(pk=row.pk).exists():
            return super()._change_url(row)
        return reverse("admin:smallweb_rpc_trackedvalue_changelist")

    def _unset(self) -> list[Any]:
        rows = set(TrackedValue.objects.values_list("path", flat=True))
        return [each for each in tracked_endpoints() if each.name not in rows]

    def _unset_table(self, request: HttpRequest) -> str | SafeString:
        """The values that nobody has set, with the code's defaults."""
        may_add = self.has_add_permission(request)
        rows = []
        for endpoint in self._unset():
            url = f"{reverse('admin:smallweb_rpc_trackedvalue_add')}?path={endpoint.name}"
            text = _("set")
            label = _("set %(path)s") % {"path": endpoint.name}
            link = format_html('<a href="{}" aria-label="{}">{}</a>', url, label, text) if may_add else ""
            default = _text(hidden(endpoint.name, endpoint.attribute.read()))
            rows.append((endpoint.name, default, type_text(endpoint.type), link))
        headings = (
            [_("Path"), _("Default"), _("Type"), ""] if may_add else [_("Path"), _("Default"), _("Type")]
        )
        shown = rows if may_add else [row[:3] for row in rows]
        return table(headings, shown, label=_("At their defaults")) if rows else ""

    @admin.display(description=gettext_lazy("value"))
    def shown_value(self, row: TrackedValue) -> SafeString:
        return live_cell(row, "value", _text(hidden(row.path, row.value["value"])))

    @admin.display(description=gettext_lazy("type"))
    def shown_type(self, row: TrackedValue) -> str:
        endpoint = tracked_endpoint(row.path)
        return (type_text(endpoint.type) if endpoint is not None else "") or EMPTY

    @admin.display(description=gettext_lazy("channel"))
    def shown_channel(self, row: TrackedValue) -> str:
        endpoint = tracked_endpoint(row.path)
        return (endpoint.channel or EMPTY) if endpoint is not None else EMPTY

    @admin.display(description=gettext_lazy("changed"), ordering="changed_at")
    def shown_change(self, row: TrackedValue) -> SafeString:
        return live_cell(row, "change", moment_cell(row.changed_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("origin"))
    def shown_code(self, row: TrackedValue) -> str | SafeString:
        if tracked_endpoint(row.path) is not None:
            return _("code")
        return format_html('<span class="smallweb-state smallweb-lost">{}</span>', _("code is gone"))


def _text(value: Any) -> str:
    return shortened(json.dumps(value, ensure_ascii=False))
