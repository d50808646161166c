"""Rows of logs in the admin: to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..durations import EMPTY, duration_text
from .cells import block, moment_cell
from .live import LiveAdmin
from .shown_json import json_block, shortened


class OutcomeFilter(SimpleListFilter):
    """Whether it worked; the outcome in a row leads to all with the same one."""

    title = gettext_lazy("outcome")
    parameter_name = "went"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("well", _("worked")), ("wrong", _("failed or refused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = {"well": Q(outcome="ok"), "wrong": ~Q(outcome="ok") & ~Q(path="")}
        return queryset.filter(found[str(self.value())]) if self.value() in found else queryset


class WhoFilter(SimpleListFilter):
    """Whose; the name in a row leads to those of any other person."""

    title = gettext_lazy("caller")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("me")), ("nobody", _("visitors"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(user_id=request.user.pk)
        return queryset.filter(user=None) if self.value() == "nobody" else queryset


class RecordAdmin(LiveAdmin):
    """For rows with ``at``, ``path``, ``outcome``, ``error``, ``user``, ``duration_ms`` and ``arguments``."""

    show_full_result_count = False
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by what the arguments hold: guesses at it would tell what the page hides."""
        return not lookup.startswith("arguments") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("at"), ordering="pk")
    def shown_at(self, record: Any) -> SafeString:
        return moment_cell(record.at, now=timezone.now())

    @admin.display(description=gettext_lazy("path"), ordering="path")
    def shown_path(self, record: Any) -> str | SafeString:
        return format_html('<span class="smallweb-long">{}</span>', record.path)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def shown_outcome(self, record: Any) -> SafeString:
        state = "successful" if record.outcome == "ok" else "failed"
        shown = '<a class="smallweb-state smallweb-{}" href="{}?outcome={}">{}</a>'
        return format_html(shown, state, self._list_url(), record.outcome, record.outcome)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def shown_result(self, record: Any) -> SafeString:
        """The outcome, and the error's sentence below it."""
        outcome = self.shown_outcome(record)
        if not record.error:
            return outcome
        said = '{}<div class="smallweb-long smallweb-doc">{}</div>'
        return format_html(said, outcome, shortened(record.error))

    @admin.display(description=gettext_lazy("error"))
    def shown_whole_error(self, record: Any) -> SafeString:
        return block(record.error)

    @admin.display(description=gettext_lazy("caller"), ordering="user")
    def shown_user(self, record: Any) -> str | SafeString:
        if record.user is None:
            return EMPTY
        url = f"{self._list_url()}?user__id__exact={record.user_id}"
        return format_html('<a href="{}">{}</a>', url, record.user.get_username())

    @admin.display(description=gettext_lazy("duration"), ordering="duration_ms")
    def shown_duration(self, record: Any) -> str:
        return duration_text(record.duration_ms / 1000)

    @admin.display(description=gettext_lazy("arguments"))
    def shown_arguments(self, record: Any) -> SafeString:
        return json_block(record.arguments)

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
