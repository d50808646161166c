"""Started tasks for operators: who started what, and how far it is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...core.admin import EMPTY, LiveAdmin, OperationsAdmin, WhoFilter, live_cell, moment_cell
from ...core.admin.executions import run_duration_text, run_state_cell
from ...core.admin.shown_json import progress_cell
from ...core.admin.task_operations import cancel_operation
from ...core.executions.tell import LIVE_CHANNEL
from ..models import Ticket
from ..services.start_task import status_url


@admin.register(Ticket)
class TicketAdmin(OperationsAdmin, LiveAdmin):
    """The id in the address of a status is shown to its own starter alone."""

    live_topic = LIVE_CHANNEL
    show_full_result_count = False
    operations = (cancel_operation(lambda ticket: ticket.run),)
    list_display = ("path", "shown_user", "shown_state", "shown_progress", "shown_start", "shown_duration")
    list_filter = (WhoFilter, "run__state")
    list_select_related = ("user", "run")
    search_fields = ("path", "user__username")
    readonly_fields = (
        "path", "shown_user", "shown_state", "shown_progress", "shown_creation", "shown_start",
        "shown_finish", "shown_duration", "shown_run", "shown_status",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tickets = super().get_queryset(request).select_related("user", "run")
        return tickets.defer("run__result", "run__traceback", "run__arguments")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        may_see = request.user.has_perm("smallweb_core.view_taskrun")
        is_own = obj is not None and obj.user_id is not None and obj.user_id == request.user.pk
        left_out = {"shown_run": not may_see, "shown_status": not is_own}
        return [name for name in self.readonly_fields if not left_out.get(name)]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by the id or the session: guesses at them would tell what the page hides."""
        is_secret = lookup.startswith(("token", "session_digest", "run__arguments"))
        return not is_secret and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("started by"), ordering="user")
    def shown_user(self, ticket: Ticket) -> str:
        return EMPTY if ticket.user is None else ticket.user.get_username()

    @admin.display(description=_("state"), ordering="run__state")
    def shown_state(self, ticket: Ticket) -> SafeString:
        return live_cell(ticket, "state", run_state_cell(ticket.run))

    @admin.display(description=_("progress"))
    def shown_progress(self, ticket: Ticket) -> SafeString:
        return live_cell(ticket, "progress", progress_cell(share_of(ticket.run.progress)))

    @admin.display(description=_("created"))
    def shown_creation(self, ticket: Ticket) -> SafeString:
        return live_cell(ticket, "creation", moment_cell(ticket.run.created_at, now=timezone.now()))

    @admin.display(description=_("started"), ordering="pk")
    def shown_start(self, ticket: Ticket) -> SafeString:
        return live_cell(ticket, "start", moment_cell(ticket.run.started_at, now=timezone.now()))

    @admin.display(description=_("finished"))
    def shown_finish(self, ticket: Ticket) -> SafeString:
        return live_cell(ticket, "finish", moment_cell(ticket.run.finished_at, now=timezone.now()))

    @admin.display(description=_("duration"))
    def shown_duration(self, ticket: Ticket) -> SafeString:
        return live_cell(ticket, "duration", run_duration_text(ticket.run, now=timezone.now()))

    @admin.display(description=_("run"))
    def shown_run(self, ticket: Ticket) -> SafeString:
        url = reverse("admin:smallweb_core_taskrun_change", args=[ticket.run_id])
        return format_html('<a href="{}">{}</a>', url, _("arguments, result and error"))

    @admin.display(description=_("status"))
    def shown_status(self, ticket: Ticket) -> SafeString:
        return format_html('<a href="{}">{}</a>', status_url(ticket), _("how far it is"))


def share_of(progress: Any) -> Any:
    """Return a status of dispatch as core's bar takes it: ``number`` of ``total`` as a share."""
    state = progress.get("state") if isinstance(progress, dict) else None
    if not isinstance(state, dict):
        return progress
    number, total = state.get("number"), state.get("total")
    if isinstance(number, int | float) and isinstance(total, int | float) and total > 0:
        rest = {name: value for name, value in state.items() if name not in ("number", "total")}
        return {"number": number / total, **rest}
    # A bare number is a count here, not a share.
    return {("count" if name == "number" else name): value for name, value in state.items()}
