"""Jobs for operators: the list with what came of them, and the form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Media, ModelForm
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ...core.admin import RegisteredAdmin, block, duration_text, live_cell, moment_cell, state_cell
from ..models import Job
from ..services import control_jobs
from ..services.schedule_job import SCHEDULE_FIELDS
from .job_cells import next_run_cell, runs_table, schedule_words, upcoming_list
from .job_form import JobForm
from .job_operations import JOB_OPERATIONS
from .run_bar import last_runs, mean_duration_s, run_bar
from .topic import LIVE_TOPIC
from .upcoming import preview_schedule


@admin.register(Job)
class JobAdmin(RegisteredAdmin):
    form = JobForm
    operations = JOB_OPERATIONS
    live_topic = LIVE_TOPIC
    change_form_template = "smallweb_periodic/admin/job_form.html"
    list_display = (
        "name", "enabled", "shown_next_run", "shown_result", "shown_bar", "shown_mean", "failures_in_row",
        "shown_schedule", "page", "tag_id", "shown_origin",
    )  # fmt: skip
    list_filter = ("enabled", "last_state", "page", "kind", "in_code")
    list_select_related = ("page",)
    list_per_page = 100
    search_fields = ("name", "tag_id", "function", "page__name")
    readonly_fields = (
        "shown_upcoming", "shown_next_run", "shown_result", "shown_failures", "shown_value", "shown_edits",
        "shown_origin", "shown_bar", "shown_runs",
    )  # fmt: skip
    fieldsets = (
        (
            _("What"),
            {
                "fields": (
                    "enabled", "name", "page", "tag_id", "function", "kwargs", "kind", "attribute",
                    "replace_style", "force",
                )
            },
        ),
        (
            _("When"),
            {
                "fields": (
                    "every", "cron", "shown_upcoming", "time_zone", "starts_at", "ends_at", "jitter_s",
                    "catch_up",
                ),
                "description": _("Either an interval or a cron line."),
            },
        ),
        (_("If it fails"), {"fields": ("timeout_s", "retries", "on_error", "alert_after", "keep_runs")}),
        (
            _("Now"),
            {
                "fields": (
                    "shown_next_run", "shown_result", "shown_failures", "shown_value", "shown_edits",
                    "shown_origin", "shown_bar", "shown_runs",
                )
            },
        ),
    )  # fmt: skip

    @property
    def media(self) -> Media:
        return super().media + Media(
            css={"all": ["smallweb_periodic/admin.css"]},
            js=[Script("smallweb_periodic/admin_upcoming.js", type="module")],  # type: ignore[list-item]
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(self.upcoming_view))
        return [path("upcoming/", view, name="smallweb_periodic_job_upcoming"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A job that does not exist yet has no present."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else fieldsets[:-1]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Pausing takes its own permission, also by the box in the form."""
        fixed = super().get_readonly_fields(request, obj)
        may_pause = obj is None or request.user.has_perm("smallweb_periodic.pause_job")
        return fixed if may_pause else [*fixed, "enabled"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give the jobs of this page of the list their last runs, read by one query."""
        changes = super().get_changelist_instance(request)
        changes.result_list = _with_last_runs(changes.result_list)
        return changes

    def save_model(self, request: HttpRequest, obj: Job, form: ModelForm[Any], change: bool) -> None:
        super().save_model(request, obj, form, change)
        now = timezone.now()
        if not change or set(form.changed_data) & set(SCHEDULE_FIELDS):
            control_jobs.reschedule(obj, now=now)
        elif "enabled" in form.changed_data and obj.enabled:
            control_jobs.resume(obj, now=now)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        job = kwargs.get("obj")
        if job is not None and request.user.has_perm("smallweb_periodic.dry_run_page"):
            context["dry_run_url"] = reverse("admin:smallweb_periodic_page_dry_run", args=[job.page_id])
        return super().render_change_form(request, context, *args, **kwargs)

    def upcoming_view(self, request: HttpRequest) -> JsonResponse:
        """Answer what the typed schedule means."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(preview_schedule(request.GET, now=timezone.now()))

    @admin.display(description=_("schedule"))
    def shown_schedule(self, job: Job) -> str:
        return schedule_words(job)

    @admin.display(description=_("next run"), ordering="next_due")
    def shown_next_run(self, job: Job) -> SafeString:
        return live_cell(job, "next_run", next_run_cell(job, now=timezone.now()))

    @admin.display(description=_("last result"), ordering="last_state")
    def shown_result(self, job: Job) -> SafeString:
        return live_cell(job, "result", _result(job))

    @admin.display(description=_("last runs"))
    def shown_bar(self, job: Job) -> SafeString:
        return live_cell(job, "bar", run_bar(_marks(job)))

    @admin.display(description=_("mean duration"))
    def shown_mean(self, job: Job) -> str:
        return duration_text(mean_duration_s(_marks(job)))

    @admin.display(description=_("failures in a row"))
    def shown_failures(self, job: Job) -> SafeString:
        return live_cell(job, "failures", str(job.failures_in_row))

    @admin.display(description=_("last value"))
    def shown_value(self, job: Job) -> SafeString:
        return live_cell(job, "value", block(job.last_value))

    @admin.display(description=_("next due times"))
    def shown_upcoming(self, job: Job) -> SafeString:
        """The times of the saved schedule; the page's script writes those of the typed one in their place."""
        times = upcoming_list(job, now=timezone.now()) if job.pk else ""
        words = schedule_words(job) if job.pk else ""
        url = reverse("admin:smallweb_periodic_job_upcoming")
        return format_html(
            '<div id="smallweb-upcoming" data-url="{}" aria-live="polite"><p>{}</p>{}</div>',
            url,
            words,
            times,
        )

    @admin.display(description=_("runs"))
    def shown_runs(self, job: Job) -> SafeString:
        return live_cell(job, "runs", runs_table(job, now=timezone.now()))


def _result(job: Job) -> SafeString:
    if job.last_run_at is None:
        return state_cell(job.last_state)
    return format_html("{} {}", state_cell(job.last_state), moment_cell(job.last_run_at, now=timezone.now()))


def _with_last_runs(jobs: QuerySet[Job]) -> list[Job]:
    rows = list(jobs)
    marks = last_runs([job.pk for job in rows])
    for job in rows:
        job.last_marks = marks[job.pk]  # type: ignore[attr-defined]
    return rows


def _marks(job: Job) -> Any:
    if not hasattr(job, "last_marks"):
        _with_last_runs([job])  # type: ignore[arg-type]
    return job.last_marks  # type: ignore[attr-defined]
