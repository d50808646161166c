"""The form that runs a task again with other arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..exceptions import BadArguments, SmallwebError
from ..executions import control
from ..models import TaskRun
from ..redact import HIDDEN, redact, restore
from .shown_json import as_json
from .task_operations import RETRY_PERMISSION, require_final
from .typed_json import read_json

if TYPE_CHECKING:
    from .task_run import TaskRunAdmin

_TEMPLATE = "smallweb_core/admin/run_again.html"


class ArgumentsForm(forms.Form):
    """``arguments`` of a run as JSON; what looks secret is hidden and stays as it was where it is left so."""

    arguments = forms.CharField(
        label=gettext_lazy("Arguments"),
        widget=forms.Textarea(attrs={"rows": 14, "cols": 80, "spellcheck": "false"}),
    )

    def __init__(self, data: QueryDict | None, *, run: TaskRun) -> None:
        super().__init__(data, initial={"arguments": as_json(redact(run.arguments))})
        self.run = run
        if redact(run.arguments) != run.arguments:
            self.fields["arguments"].help_text = _(
                "%(hidden)s stands for a value that is kept as it was."
            ) % {"hidden": HIDDEN}

    def clean_arguments(self) -> dict[str, Any]:
        text: str = self.cleaned_data["arguments"]
        try:
            return dict(restore(_as_arguments(read_json(text)), self.run.arguments))
        except BadArguments as error:
            raise forms.ValidationError(str(error)) from error


def may_run_again(request: HttpRequest) -> bool:
    return request.user.has_perm(RETRY_PERMISSION)


def run_again_view(admin: TaskRunAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the form, or run the task with what it holds and show the new run."""
    run = admin.get_object(request, object_id)
    if run is None:
        raise Http404(f"There is no run {object_id!r}.")
    if not (admin.has_view_permission(request, run) and may_run_again(request)):
        raise PermissionDenied
    form = ArgumentsForm(request.POST if request.method == "POST" else None, run=run)
    if form.is_valid() and (again := _run(admin, request, run, form)) is not None:
        return HttpResponseRedirect(_change_url(again))
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Run again with other arguments"),
        "opts": admin.opts,
        "original": run,
        "form": form,
        "media": admin.media,
        "back_url": _change_url(run),
    }
    return TemplateResponse(request, _TEMPLATE, context)


def _run(admin: TaskRunAdmin, request: HttpRequest, run: TaskRun, form: ArgumentsForm) -> TaskRun | None:
    """Return the new run, or leave at the form why there is none."""
    try:
        with transaction.atomic():
            require_final(run)
            again = control.run_again(
                run,
                now=timezone.now(),
                arguments=form.cleaned_data["arguments"],
                because=_("again: run %(run)d, other arguments") % {"run": run.pk},
            )
            done = _("Run %(run)d is queued again, with other arguments, as run %(again)d.") % {
                "run": run.pk,
                "again": again.pk,
            }
            admin.log_change(request, run, done)
    except SmallwebError as error:
        form.add_error("arguments", str(error))
        return None
    admin.message_user(request, done, messages.SUCCESS)
    return again


def _as_arguments(typed: Any) -> dict[str, Any]:
    if not isinstance(typed, dict):
        raise BadArguments(_('Write an object with a value for each parameter: {"name": "value"}.'))
    return typed


def _change_url(run: TaskRun) -> str:
    return reverse("admin:smallweb_core_taskrun_change", args=[run.pk])
