"""The log of calls for operators: to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...core.admin import EMPTY, OutcomeFilter, RecordAdmin, WhoFilter
from ..models import CallRecord
from ..registry import objects
from ..services.log_calls import LIVE_CHANNEL


class CallOutcomeFilter(OutcomeFilter):
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*super().lookups(request, model_admin), ("unknown", _("no such name"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "unknown":
            return queryset.filter(path="")
        return super().queryset(request, queryset)


class ObjectFilter(SimpleListFilter):
    """The objects of the code: to ask the table would be to read all of it."""

    title = gettext_lazy("object")
    parameter_name = "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(entry.name, entry.name) for entry in objects]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        return queryset.filter(Q(path=name) | Q(path__startswith=f"{name}.")) if name else queryset


class VerbFilter(SimpleListFilter):
    title = gettext_lazy("verb")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(verb, verb) for verb in ("call", "get", "set", "delete")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(CallRecord)
class CallRecordAdmin(RecordAdmin):
    live_topic = LIVE_CHANNEL
    list_display = (
        "shown_at",
        "shown_path",
        "verb",
        "shown_result",
        "shown_user",
        "address",
        "shown_duration",
    )
    list_filter = (CallOutcomeFilter, ObjectFilter, VerbFilter, WhoFilter)
    search_fields = ("path", "outcome", "error", "address")
    fields = (
        "shown_at", "shown_path", "verb", "shown_outcome", "shown_whole_error", "shown_user", "address",
        "shown_duration", "count", "shown_arguments",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("path"), ordering="path")
    def shown_path(self, record: CallRecord) -> str | SafeString:
        if record.path:
            return super().shown_path(record)
        text = ngettext(
            "%(count)d name that does not exist", "%(count)d names that do not exist", record.count
        )
        return text % {"count": record.count}

    @admin.display(description=gettext_lazy("duration"), ordering="duration_ms")
    def shown_duration(self, record: CallRecord) -> str:
        return super().shown_duration(record) if record.path else EMPTY
