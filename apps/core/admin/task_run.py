"""Runs of tasks for operators: what waits, runs and ended, and why."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..durations import EMPTY
from ..executions import tasks
from ..executions.tell import LIVE_CHANNEL
from ..models import TaskRun
from .cells import live_cell
from .executions import ExecutionAdmin
from .place import place_cell, queue_for, stage_cell, when_cell
from .run_again import may_run_again, run_again_view
from .shown_json import json_block
from .task_operations import TASK_OPERATIONS, is_final


class TaskFilter(SimpleListFilter):
    """The tasks of the code, and the one chosen: to ask the table would be to read all of it."""

    title = _("task")
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name)
        names = {task.name for task in tasks} | ({chosen} if chosen else set())
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(task=self.value()) if self.value() else queryset


class OwnerFilter(SimpleListFilter):
    """Whose runs; the name in a row leads to those of any other person."""

    title = _("owner")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("me")), ("nobody", _("nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(owner_id=request.user.pk)
        return queryset.filter(owner=None) if self.value() == "nobody" else queryset


@admin.register(TaskRun)
class TaskRunAdmin(ExecutionAdmin):
    operations = TASK_OPERATIONS
    live_topic = LIVE_CHANNEL
    change_form_template = "smallweb_core/admin/task_run_form.html"
    list_display = (
        "task", "shown_state", "shown_stage", "shown_outcome", "shown_when", "shown_duration", "shown_owner",
    )  # fmt: skip
    list_filter = ("state", TaskFilter, "priority", OwnerFilter)
    # And a whole UUID: see below.
    search_fields = ("task", "key", "error", "origin")
    fieldsets = (
        (None, {"fields": ("task", "shown_state", "shown_progress", "shown_place", "shown_arguments")}),
        (
            _("Outcome"),
            {"fields": ("shown_result", "shown_error", "shown_traceback", "shown_earlier_attempts")},
        ),
        (
            _("When"),
            {
                "fields": (
                    "shown_creation", "shown_run_after", "shown_start", "shown_finish", "shown_duration",
                    "shown_attempt", "max_attempts", "interruptions", "shown_worker",
                )
            },
        ),
        (
            _("Why and how"),
            {
                "fields": (
                    "shown_owner", "origin", "priority", "key", "uuid", "timeout_s", "at_most_once",
                )
            },
        ),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return flatten_fieldsets(self.fieldsets)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.run_again_view)
        own = path("<path:object_id>/again/", view, name="smallweb_core_taskrun_again")
        return [own, *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give the runs of this page of the list their places in the queue, which is read once."""
        changes = super().get_changelist_instance(request)
        changes.result_list = _with_stages(changes.result_list)
        return changes

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        try:
            return queryset.filter(uuid=uuid.UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        run = kwargs.get("obj")
        if run is not None and is_final(run) and may_run_again(request):
            context["run_again_url"] = reverse("admin:smallweb_core_taskrun_again", args=[run.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def run_again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return run_again_view(self, request, object_id)

    @admin.display(description=_("place in the queue"))
    def shown_place(self, run: TaskRun) -> SafeString:
        now = timezone.now()
        return live_cell(run, "place", place_cell(run, queue_for([run], now), now=now))

    @admin.display(description=_("progress"))
    def shown_stage(self, run: Any) -> SafeString:
        return live_cell(run, "stage", run.stage)

    @admin.display(description=_("when"), ordering="pk")
    def shown_when(self, run: TaskRun) -> SafeString:
        return live_cell(run, "when", when_cell(run, now=timezone.now()))

    @admin.display(description=_("owner"), ordering="owner")
    def shown_owner(self, run: TaskRun) -> str | SafeString:
        if run.owner is None:
            return EMPTY
        url = f"{reverse('admin:smallweb_core_taskrun_changelist')}?owner__id__exact={run.owner_id}"
        return format_html('<a href="{}">{}</a>', url, run.who)

    @admin.display(description=_("arguments"))
    def shown_arguments(self, run: TaskRun) -> SafeString:
        return json_block(run.arguments)

    @admin.display(description=_("result"))
    def shown_result(self, run: TaskRun) -> SafeString:
        return live_cell(run, "result", json_block(run.result))


def _with_stages(runs: Any) -> list[Any]:
    now = timezone.now()
    rows = list(runs)
    queue = queue_for(rows, now)
    for run in rows:
        run.stage = stage_cell(run, queue, now=now)
    return rows
