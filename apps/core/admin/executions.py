"""Executions in the admin: to be read, and deleted with permission, but never written by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import JSONField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..durations import EMPTY, duration_text
from ..models import Execution, State
from .cells import block, live_cell, moment_cell, state_cell, table
from .live import LiveAdmin
from .operations import OperationsAdmin
from .shown_json import progress_cell, shortened


class ExecutionList(ChangeList):
    """Reads of each row what a list shows, and none of its long texts."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request, exclude_parameters)
        listed: QuerySet[Any] = rows.listed()
        return listed


class ExecutionAdmin(OperationsAdmin, LiveAdmin):
    """Columns and read-only fields of every model on ``Execution``; the state stands in word and colour."""

    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ExecutionList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by what a JSON value holds: guesses at it would tell what the page hides."""
        jsons = {field.name for field in self.opts.fields if isinstance(field, JSONField)}
        return lookup.partition("__")[0] not in jsons and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def shown_state(self, run: Execution) -> SafeString:
        return live_cell(run, "state", run_state_cell(run))

    @admin.display(description=gettext_lazy("progress"))
    def shown_progress(self, run: Execution) -> SafeString:
        return live_cell(run, "progress", progress_cell(run.progress))

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def shown_creation(self, run: Execution) -> SafeString:
        return live_cell(run, "creation", moment_cell(run.created_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("not before"), ordering="run_after")
    def shown_run_after(self, run: Execution) -> SafeString:
        return live_cell(run, "run_after", moment_cell(run.run_after, now=timezone.now()))

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def shown_start(self, run: Execution) -> SafeString:
        return live_cell(run, "start", moment_cell(run.started_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("finished"), ordering="finished_at")
    def shown_finish(self, run: Execution) -> SafeString:
        return live_cell(run, "finish", moment_cell(run.finished_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("duration"))
    def shown_duration(self, run: Execution) -> SafeString:
        return live_cell(run, "duration", run_duration_text(run, now=timezone.now()))

    @admin.display(description=gettext_lazy("attempt"), ordering="attempt")
    def shown_attempt(self, run: Execution) -> SafeString:
        return live_cell(run, "attempt", run.attempt)

    @admin.display(description=gettext_lazy("worker"))
    def shown_worker(self, run: Execution) -> SafeString:
        shown = EMPTY if run.worker_pid is None else _("process %(pid)d") % {"pid": run.worker_pid}
        return live_cell(run, "worker", shown)

    @admin.display(description=gettext_lazy("outcome"))
    def shown_outcome(self, run: Execution) -> SafeString:
        return live_cell(run, "outcome", shortened(run.outcome))

    @admin.display(description=gettext_lazy("error"))
    def shown_error(self, run: Execution) -> SafeString:
        return live_cell(run, "error", block(run.error))

    @admin.display(description=gettext_lazy("traceback"))
    def shown_traceback(self, run: Execution) -> SafeString:
        return live_cell(run, "traceback", block(run.traceback))

    @admin.display(description=gettext_lazy("earlier attempts"))
    def shown_earlier_attempts(self, run: Execution) -> SafeString:
        return live_cell(run, "earlier", attempts_table(run, now=timezone.now()))


def run_state_cell(run: Execution) -> SafeString:
    """The state; of a run that was asked to end and has not yet, that too."""
    if run.is_active and run.cancel_requested_at is not None:
        asked = _("asked to end")
        return format_html('{} <span class="smallweb-quiet">{}</span>', state_cell(run.state), asked)
    return state_cell(run.state)


def run_duration_text(run: Execution, *, now: datetime) -> str:
    """How long the last attempt took, or how long it has been running."""
    if run.state == State.RUNNING and run.started_at is not None:
        return _("%(time)s so far") % {"time": duration_text((now - run.started_at).total_seconds())}
    return duration_text(run.duration_s)


def attempts_table(run: Execution, *, now: datetime) -> str | SafeString:
    """The attempts before the last one; a traceback unfolds below its error."""
    if not run.earlier_attempts:
        return EMPTY
    rows = [
        (
            attempt["attempt"],
            moment_cell(datetime.fromisoformat(attempt["started_at"]), now=now),
            duration_text(attempt["duration_s"]),
            _attempt_error(run, attempt),
        )
        for attempt in run.earlier_attempts
    ]
    headings = [_("Attempt"), _("Started"), _("Duration"), _("Error")]
    return table(headings, rows, label=_("Earlier attempts"))


def _attempt_error(run: Execution, attempt: dict[str, Any]) -> str | SafeString:
    if not attempt["traceback"]:
        return str(attempt["error"]) or EMPTY
    return format_html(
        '<details id="run-{}-attempt-{}"><summary>{}</summary>{}</details>',
        run.pk,
        attempt["attempt"],
        shortened(attempt["error"], length=300) if attempt["error"] else _("traceback"),
        block(attempt["traceback"]),
    )
