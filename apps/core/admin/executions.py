"""Executions in the admin: to be read, and deleted with permission, but never written by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Execution
from .cells import block, duration_text, live_cell, moment_cell, state_cell
from .live import LiveAdmin
from .operations import OperationsAdmin


class ExecutionAdmin(OperationsAdmin, LiveAdmin):
    """Columns and read-only fields of every model on ``Execution``; the state stands in word and colour."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, run: Execution) -> SafeString:
        return live_cell(run, "state", state_cell(run.state))

    @admin.display(description=_("started"), ordering="started_at")
    def shown_start(self, run: Execution) -> SafeString:
        return live_cell(run, "start", moment_cell(run.started_at, now=timezone.now()))

    @admin.display(description=_("finished"), ordering="finished_at")
    def shown_finish(self, run: Execution) -> SafeString:
        return live_cell(run, "finish", moment_cell(run.finished_at, now=timezone.now()))

    @admin.display(description=_("duration"))
    def shown_duration(self, run: Execution) -> SafeString:
        return live_cell(run, "duration", duration_text(run.duration_s))

    @admin.display(description=_("attempt"), ordering="attempt")
    def shown_attempt(self, run: Execution) -> SafeString:
        return live_cell(run, "attempt", run.attempt)

    @admin.display(description=_("error"))
    def shown_error(self, run: Execution) -> SafeString:
        return live_cell(run, "error", block(run.error))

    @admin.display(description=_("traceback"))
    def shown_traceback(self, run: Execution) -> SafeString:
        return live_cell(run, "traceback", block(run.traceback))
