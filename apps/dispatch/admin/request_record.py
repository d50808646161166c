"""The log of requests for operators: to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from ...core.admin import OutcomeFilter, RecordAdmin, WhoFilter
from ..models import RequestRecord
from ..options import METHODS
from ..registry import endpoints
from ..services.log_requests import LIVE_CHANNEL


class ClassFilter(SimpleListFilter):
    """The classes of the code: to ask the table would be to read all of it. Each node's page leads here."""

    title = gettext_lazy("below")
    parameter_name = "below"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name)
        names = {one.class_name for one in endpoints if one.is_public} | ({chosen} if chosen else set())
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        return queryset.filter(Q(path=name) | Q(path__startswith=f"{name}/")) if name else queryset


class MethodFilter(SimpleListFilter):
    title = gettext_lazy("method")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(method, method) for method in METHODS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset


@admin.register(RequestRecord)
class RequestRecordAdmin(RecordAdmin):
    live_topic = LIVE_CHANNEL
    list_display = (
        "shown_at",
        "method",
        "shown_path",
        "status",
        "shown_result",
        "shown_user",
        "address",
        "shown_duration",
    )
    list_filter = (OutcomeFilter, MethodFilter, WhoFilter, ("at", admin.DateFieldListFilter), ClassFilter)
    search_fields = ("path", "outcome", "error", "address", "user__username")
    fields = (
        "shown_at", "method", "shown_path", "status", "shown_outcome", "shown_whole_error", "shown_user",
        "address", "shown_duration", "shown_arguments",
    )  # fmt: skip
    readonly_fields = fields
