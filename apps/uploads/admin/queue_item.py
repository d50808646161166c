"""Durable queues for operators: what waits, what is worked at, what has failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Left
from django.http import HttpRequest, HttpResponse
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
    OperationRefused,
    OperationsAdmin,
    block,
    json_block,
    live_cell,
    moment_cell,
    shortened,
)
from ...core.redact import glimpse
from ..models import QueueItem
from ..services.ring_consumers import LIVE_CHANNEL
from ..services.try_again import try_again
from .queue_figures import figures_table, queue_names

_GLIMPSE = 80
_COLOURS = {"waiting": "ready", "held": "running", "failed": "failed"}


class QueueFilter(SimpleListFilter):
    """The queues of the code, and those whose items still stand here."""

    title = gettext_lazy("queue")
    parameter_name = "in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in queue_names(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(queue=self.value()) if self.value() else queryset


class StateFilter(SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting")), ("held", _("being worked at")), ("failed", _("failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "waiting":
            return queryset.filter(holder="", has_failed=False)
        if self.value() == "held":
            return queryset.exclude(holder="")
        return queryset.filter(has_failed=True) if self.value() == "failed" else queryset


def _try_again(item: QueueItem, now: datetime) -> Done:
    if not try_again(item):
        raise OperationRefused(_("Item %(item)s has not failed.") % {"item": item})
    return Done(_("Item %(item)s waits again.") % {"item": item})


@admin.register(QueueItem)
class QueueItemAdmin(OperationsAdmin, LiveAdmin):
    """Items are put by code alone; an item that is deleted while it is worked at is done nevertheless."""

    live_topic = LIVE_CHANNEL
    change_list_template = "smallweb_uploads/admin/queue_items.html"
    show_full_result_count = False
    operations = (
        Operation(
            name="try_again",
            label=gettext_lazy("try again"),
            permission="smallweb_uploads.change_queueitem",
            do=_try_again,
            is_offered=lambda item: item.has_failed,
        ),
    )
    list_display = ("__str__", "shown_glimpse", "shown_state", "attempts", "shown_put", "shown_short_error")
    list_filter = (QueueFilter, StateFilter)
    search_fields = ("queue", "error")
    fields = ("queue", "shown_state", "attempts", "shown_put", "shown_holder", "shown_value", "shown_error")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the values, which may be long: a list shows how they begin."""
        head = Left(Cast("value", TextField()), _GLIMPSE + 1)
        items: QuerySet[Any] = super().get_queryset(request).defer("value").annotate(head=head)
        return items

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by what the values hold: guesses at it would tell what the page hides."""
        return not lookup.startswith(("value", "head")) and super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"figures": lambda: figures_table(request, now=timezone.now())}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.display(description=gettext_lazy("value"))
    def shown_glimpse(self, item: Any) -> SafeString:
        return format_html('<code class="smallweb-long">{}</code>', glimpse(item.head, length=_GLIMPSE))

    @admin.display(description=gettext_lazy("value"))
    def shown_value(self, item: QueueItem) -> SafeString:
        return json_block(item.value)

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, item: QueueItem) -> SafeString:
        state = "failed" if item.has_failed else "held" if item.holder else "waiting"
        word = {"waiting": _("waiting"), "held": _("being worked at"), "failed": _("failed")}[state]
        shown = format_html('<span class="smallweb-state smallweb-{}">{}</span>', _COLOURS[state], word)
        return live_cell(item, "state", shown)

    @admin.display(description=gettext_lazy("put"), ordering="pk")
    def shown_put(self, item: QueueItem) -> SafeString:
        return live_cell(item, "put", moment_cell(item.created_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("held by"))
    def shown_holder(self, item: QueueItem) -> SafeString:
        return live_cell(item, "holder", item.holder or EMPTY)

    @admin.display(description=gettext_lazy("error"))
    def shown_short_error(self, item: QueueItem) -> SafeString:
        return format_html('<span class="smallweb-long">{}</span>', shortened(item.error))

    @admin.display(description=gettext_lazy("error"))
    def shown_error(self, item: QueueItem) -> SafeString:
        return block(item.error)
