"""The log of calls for operators: to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...core.admin import EMPTY, LiveAdmin, block, duration_text, json_block, moment_cell, shortened
from ..models import CallRecord, RemoteMember
from ..registry import objects
from ..services.log_calls import LIVE_CHANNEL


class OutcomeFilter(SimpleListFilter):
    """Whether it worked; the outcome in a row leads to all calls with the same one."""

    title = gettext_lazy("outcome")
    parameter_name = "went"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("well", _("worked")), ("wrong", _("failed or refused")), ("unknown", _("no such name"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wrong = ~Q(outcome="ok") & ~Q(path="")
        found = {"well": Q(outcome="ok"), "wrong": wrong, "unknown": Q(path="")}
        return queryset.filter(found[str(self.value())]) if self.value() in found else queryset


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


class WhoFilter(SimpleListFilter):
    """Whose calls; the name in a row leads to those of any other person."""

    title = gettext_lazy("caller")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("me")), ("nobody", _("visitors"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(user_id=request.user.pk)
        return queryset.filter(user=None) if self.value() == "nobody" else queryset


@admin.register(CallRecord)
class CallRecordAdmin(LiveAdmin):
    live_topic = LIVE_CHANNEL
    show_full_result_count = False
    list_display = (
        "shown_at",
        "shown_path",
        "verb",
        "shown_result",
        "shown_user",
        "address",
        "shown_duration",
    )
    list_filter = (OutcomeFilter, ObjectFilter, VerbFilter, WhoFilter)
    list_select_related = ("user",)
    search_fields = ("path", "outcome", "error", "address")
    fields = (
        "shown_at", "shown_path", "verb", "shown_outcome", "shown_whole_error", "shown_user", "address",
        "shown_duration", "count", "shown_arguments",
    )  # fmt: skip
    readonly_fields = fields

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_rpc/admin.css"]})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by what the arguments hold: guesses at it would tell what the page hides."""
        return not lookup.startswith("arguments") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("at"), ordering="pk")
    def shown_at(self, record: CallRecord) -> SafeString:
        return moment_cell(record.at, now=timezone.now())

    @admin.display(description=gettext_lazy("path"), ordering="path")
    def shown_path(self, record: CallRecord) -> str | SafeString:
        if not record.path:
            text = ngettext(
                "%(count)d name that does not exist", "%(count)d names that do not exist", record.count
            )
            return text % {"count": record.count}
        return format_html('<span class="smallweb-long">{}</span>', record.path)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def shown_outcome(self, record: CallRecord) -> SafeString:
        url = f"{reverse('admin:smallweb_rpc_callrecord_changelist')}?outcome={record.outcome}"
        state = "successful" if record.outcome == "ok" else "failed"
        shown = '<a class="smallweb-state smallweb-{}" href="{}">{}</a>'
        return format_html(shown, state, url, record.outcome)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def shown_result(self, record: CallRecord) -> SafeString:
        """The outcome, and the error's sentence below it."""
        outcome = self.shown_outcome(record)
        if not record.error:
            return outcome
        said = '{}<div class="smallweb-long smallweb-doc">{}</div>'
        return format_html(said, outcome, shortened(record.error))

    @admin.display(description=gettext_lazy("error"))
    def shown_whole_error(self, record: CallRecord) -> SafeString:
        return block(record.error)

    @admin.display(description=gettext_lazy("caller"), ordering="user")
    def shown_user(self, record: CallRecord) -> str | SafeString:
        if record.user is None:
            return EMPTY
        url = f"{reverse('admin:smallweb_rpc_callrecord_changelist')}?user__id__exact={record.user_id}"
        return format_html('<a href="{}">{}</a>', url, record.user.get_username())

    @admin.display(description=gettext_lazy("duration"), ordering="duration_ms")
    def shown_duration(self, record: CallRecord) -> str:
        return duration_text(record.duration_ms / 1000) if record.path else EMPTY

    @admin.display(description=gettext_lazy("arguments"))
    def shown_arguments(self, record: CallRecord) -> SafeString:
        return json_block(record.arguments)


def calls_url(member: RemoteMember) -> str:
    """Return the address of the list of a member's calls."""
    return f"{reverse('admin:smallweb_rpc_callrecord_changelist')}?path={member.name}"
