"""Runs for operators: what happened, and once more."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...core.admin import ExecutionAdmin, block, duration_text, moment_cell
from ..models import JobRun
from .job_operations import CANCEL, RETRY
from .topic import LIVE_TOPIC

MAX_LISTED = 200


class ShortListFilter(RelatedFieldListFilter):
    """Lists the first MAX_LISTED; a link from a job finds the others."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        ordering = self.field_admin_ordering(field, request, model_admin)
        return list(field.get_choices(include_blank=False, ordering=ordering))[:MAX_LISTED]


@admin.register(JobRun)
class JobRunAdmin(ExecutionAdmin):
    operations = (RETRY, CANCEL)
    live_topic = LIVE_TOPIC
    date_hierarchy = "due_at"
    list_display = (
        "shown_due", "job", "shown_state", "trigger", "shown_duration", "attempt", "shown_outcome",
    )  # fmt: skip
    list_filter = (
        "state",
        "trigger",
        "page_changed",
        ("job__page", ShortListFilter),
        ("job", ShortListFilter),
    )
    list_select_related = ("job",)
    search_fields = ("job__name", "value", "error")
    fields = (
        "shown_job", "shown_state", "shown_due", "trigger", "shown_start", "shown_finish", "shown_duration",
        "shown_call", "shown_attempt", "page_changed", "shown_value", "shown_error", "shown_traceback",
        "shown_earlier_attempts",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("due"), ordering="due_at")
    def shown_due(self, run: JobRun) -> SafeString:
        return moment_cell(run.due_at, now=timezone.now())

    @admin.display(description=_("job"))
    def shown_job(self, run: JobRun) -> SafeString:
        url = reverse("admin:smallweb_periodic_job_change", args=[run.job_id])
        return format_html('<a href="{}">{}</a>', url, run.job.name)

    @admin.display(description=_("in the function"))
    def shown_call(self, run: JobRun) -> str:
        return duration_text(run.call_s)

    @admin.display(description=_("value"))
    def shown_value(self, run: JobRun) -> SafeString:
        return block(run.value)
