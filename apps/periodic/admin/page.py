"""Pages for operators: what their files hold, what feeds them, what a run would change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.forms import Media, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...core.admin import EMPTY, RegisteredAdmin, block, live_cell, moment_cell, shortened, state_cell, table
from ...core.cluster import ring_workers
from ..models import Job, MaintenanceWindow, Page
from ..services.dry_run import dry_run
from .job_cells import next_run_cell, schedule_words
from .job_operations import PAGE_OPERATIONS
from .page_dry_run import diff_lines
from .page_scan import missing_tags, scan_page, scan_table
from .run_bar import last_runs, run_bar
from .topic import LIVE_TOPIC


@admin.register(Page)
class PageAdmin(RegisteredAdmin):
    operations = PAGE_OPERATIONS
    live_topic = LIVE_TOPIC
    change_form_template = "smallweb_periodic/admin/page_form.html"
    list_display = (
        "name", "enabled", "shown_job_count", "shown_written", "shown_writes", "shown_error", "shown_windows",
        "shown_origin",
    )  # fmt: skip
    list_filter = ("enabled", "mode", "in_code")
    search_fields = ("name",)
    readonly_fields = ("shown_written", "shown_writes", "shown_last_error", "shown_edits", "shown_origin")
    fieldsets = (
        (None, {"fields": ("enabled", "name", "mode", "allow_partial")}),
        (
            _("Now"),
            {"fields": ("shown_written", "shown_writes", "shown_last_error", "shown_edits", "shown_origin")},
        ),
    )

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_periodic/admin.css"]})

    def get_urls(self) -> list[URLPattern]:
        # The functions run in a child process, before whose start the connections are closed.
        view = transaction.non_atomic_requests(self.admin_site.admin_view(self.dry_run_view))
        own = path("<path:object_id>/dry-run/", view, name="smallweb_periodic_page_dry_run")
        return [own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        windows = Prefetch("windows", MaintenanceWindow.objects.filter(enabled=True))
        pages = super().get_queryset(request).prefetch_related(windows)
        live_jobs = Count("jobs", filter=Q(jobs__enabled=True), distinct=True)
        return pages.annotate(  # type: ignore[no-any-return]
            job_count=Count("jobs", distinct=True), live_job_count=live_jobs
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give each page the windows that hold for all pages, read once."""
        changes = super().get_changelist_instance(request)
        changes.result_list = list(changes.result_list)
        windows = list(MaintenanceWindow.objects.filter(enabled=True, pages=None))
        for page in changes.result_list:
            page.common_windows = windows
        return changes

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A page that is not known yet has no present."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else fieldsets[:-1]

    def save_model(self, request: HttpRequest, obj: Page, form: ModelForm[Any], change: bool) -> None:
        super().save_model(request, obj, form, change)
        ring_workers()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        page = kwargs.get("obj")
        if page is not None:
            jobs = list(page.jobs.order_by("name"))
            scan = scan_page(page)
            may_add = request.user.has_perm("smallweb_periodic.add_job")
            context["scan"] = scan_table(page, scan, jobs=jobs, may_add=may_add)
            context["jobs_without_tag"] = missing_tags(scan, jobs)
            context["jobs"] = _jobs_table(page, jobs)
            if request.user.has_perm("smallweb_periodic.dry_run_page"):
                context["dry_run_url"] = reverse("admin:smallweb_periodic_page_dry_run", args=[page.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def dry_run_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Call the functions and show what would change; ``job`` in the form limits it to that job."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        page = self.get_object(request, object_id)
        if page is None:
            raise Http404(f"There is no page {object_id!r}.")
        if not (
            self.has_view_permission(request, page)
            and request.user.has_perm("smallweb_periodic.dry_run_page")
        ):
            raise PermissionDenied
        jobs = _chosen_jobs(page, request.POST.get("job"))
        tried = dry_run(page, jobs)
        self.log_change(
            request, page, f"Dry run of {', '.join(job.name for job in jobs or []) or 'all enabled jobs'}"
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("What a run would change"),
            "opts": self.opts,
            "original": page,
            "media": self.media,
            "lines": list(diff_lines(tried.diff)),
            "problems": tried.problems,
            "job": jobs[0] if jobs else None,
        }
        return TemplateResponse(request, "smallweb_periodic/admin/dry_run.html", context)

    @admin.display(description=_("jobs"), ordering="job_count")
    def shown_job_count(self, page: Any) -> SafeString:
        url = f"{reverse('admin:smallweb_periodic_job_changelist')}?page__id__exact={page.pk}"
        paused = page.job_count - page.live_job_count
        text = _("%(count)d, %(paused)d paused") if paused else _("%(count)d")
        return format_html('<a href="{}">{}</a>', url, text % {"count": page.job_count, "paused": paused})

    @admin.display(description=_("last written"), ordering="last_written_at")
    def shown_written(self, page: Page) -> SafeString:
        return live_cell(page, "written", moment_cell(page.last_written_at, now=timezone.now()))

    @admin.display(description=_("writes"), ordering="writes")
    def shown_writes(self, page: Page) -> SafeString:
        return live_cell(page, "writes", page.writes)

    @admin.display(description=_("last error"), ordering="last_error")
    def shown_error(self, page: Page) -> str:
        return shortened(page.last_error)

    @admin.display(description=_("last error"))
    def shown_last_error(self, page: Page) -> SafeString:
        return live_cell(page, "error", block(page.last_error))

    @admin.display(description=_("windows"))
    def shown_windows(self, page: Any) -> str:
        return ", ".join(window.name for window in [*page.windows.all(), *page.common_windows]) or EMPTY


def _chosen_jobs(page: Page, job_id: str | None) -> list[Job] | None:
    if not job_id:
        return None
    jobs = list(page.jobs.filter(pk=job_id)) if job_id.isdecimal() else []
    if not jobs:
        raise Http404(f"{page.name} has no job {job_id!r}.")
    return jobs


def _jobs_table(page: Page, jobs: list[Job]) -> str | SafeString:
    if not jobs:
        return ""
    now = timezone.now()
    marks = last_runs([job.pk for job in jobs])
    rows = []
    for job in jobs:
        job.page = page
        url = reverse("admin:smallweb_periodic_job_change", args=[job.pk])
        link = format_html('<a href="{}">{}</a>', url, job.name)
        result = state_cell(job.last_state)
        rows.append(
            (
                link,
                job.tag_id,
                schedule_words(job),
                next_run_cell(job, now=now),
                result,
                run_bar(marks[job.pk]),
            )
        )
    headings = [_("Job"), _("Tag id"), _("Schedule"), _("Next run"), _("Last result"), _("Last runs")]
    return table([str(heading) for heading in headings], rows, label=str(_("Jobs of the page")))
