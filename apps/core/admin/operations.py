"""What operators do to rows: once written, an action of the list and a button of the row's own page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..exceptions import SmallwebError
from .base import Base

MAX_ROWS = 100
_MAX_REFUSALS_SHOWN = 5


class OperationRefused(SmallwebError):
    """The row is not in a state for this."""

    code = "operation_refused"


@dataclass(frozen=True)
class Done:
    """What was done, for the person and the log; ``goto`` is the row to show next, if another."""

    message: str
    goto: Model | None = None


def _always(row: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Operation:
    """``permission`` is all that it takes beside seeing the row. ``do`` raises SmallwebError to refuse.

    ``is_offered`` says for which rows the button is shown.
    """

    name: str
    label: str | Promise
    permission: str
    do: Callable[[Any, datetime], Done]
    is_offered: Callable[[Any], bool] = _always


class OperationsAdmin(Base):
    """Each operation is done row by row, each in a transaction with its log entry, by POST only."""

    operations: Sequence[Operation] = ()
    change_form_template = "smallweb_core/admin/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.operate_view)
        return [path("<path:object_id>/do/<slug:name>/", view, name=self._url_name()), *super().get_urls()]

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        # Django 6.1 asks for each place where actions may stand; forms have buttons of their own here.
        place = {} if action_location is None else {"action_location": action_location}
        actions = super().get_actions(request, **place)
        if getattr(action_location, "name", "CHANGE_LIST") != "CHANGE_LIST":
            return actions
        for operation in self.operations:
            if request.user.has_perm(operation.permission):
                actions[operation.name] = (_action(operation), operation.name, str(operation.label))
        return actions

    def operate_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Do the operation to one row and show the row."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        operation = next((known for known in self.operations if known.name == name), None)
        row = self.get_object(request, object_id)
        if operation is None or row is None:
            raise Http404(f"Nothing called {name!r} can be done to {object_id!r}.")
        if not (self.has_view_permission(request, row) and request.user.has_perm(operation.permission)):
            raise PermissionDenied
        try:
            done = self.perform(request, operation, row)
        except SmallwebError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(self._change_url(row))
        self.message_user(request, done.message, messages.SUCCESS)
        return HttpResponseRedirect(self._change_url(done.goto or row))

    def perform(self, request: HttpRequest, operation: Operation, row: Model) -> Done:
        """Do it and write it to the row's history."""
        with transaction.atomic():
            done = operation.do(row, timezone.now())
            self.log_change(request, row, f"{operation.label}: {done.message}")
        return done

    def perform_all(self, request: HttpRequest, operation: Operation, rows: QuerySet[Any]) -> None:
        """Do it to each of at most MAX_ROWS rows; what one row refuses keeps it from no other."""
        chosen = list(rows[: MAX_ROWS + 1])
        if len(chosen) > MAX_ROWS:
            text = _("Select at most %(count)d rows; nothing was done.") % {"count": MAX_ROWS}
            self.message_user(request, text, messages.ERROR)
            return
        refusals = []
        for row in chosen:
            try:
                self.perform(request, operation, row)
            except SmallwebError as error:
                refusals.append(str(error) if isinstance(error, OperationRefused) else f"{row}: {error}")
        self._report(request, operation, len(chosen) - len(refusals), refusals)

    def _report(
        self, request: HttpRequest, operation: Operation, done_count: int, refusals: list[str]
    ) -> None:
        if done_count:
            text = ngettext("%(what)s: %(count)d row.", "%(what)s: %(count)d rows.", done_count)
            self.message_user(request, text % {"what": capfirst(str(operation.label)), "count": done_count})
        for refusal in refusals[:_MAX_REFUSALS_SHOWN]:
            self.message_user(request, refusal, messages.WARNING)
        if len(refusals) > _MAX_REFUSALS_SHOWN:
            text = _("%(count)d rows refused this in all.") % {"count": len(refusals)}
            self.message_user(request, text, messages.WARNING)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context["operations"] = [] if row is None else self._buttons(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _buttons(self, request: HttpRequest, row: Model) -> list[dict[str, Any]]:
        return [
            {
                "label": operation.label,
                "url": reverse(f"admin:{self._url_name()}", args=[row.pk, operation.name]),
            }
            for operation in self.operations
            if request.user.has_perm(operation.permission) and operation.is_offered(row)
        ]

    def _url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_do"

    def _change_url(self, row: Model) -> str:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _action(operation: Operation) -> Callable[..., Any]:
    def act(admin: OperationsAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
        admin.perform_all(request, operation, rows)

    return act
