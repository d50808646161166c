"""The page that says whether a file would be taken, and by which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin.asked_user import user_of_name
from ..kinds import HEAD_BYTES
from ..models import UploadFolder, UploadHandler
from ..registry import handlers
from ..services.foresee import Asked, Gate, GateName, Way, foresee
from ..services.policy import rules_of_folder, rules_of_handler
from .sizes import SizeField

if TYPE_CHECKING:
    from .rules_admin import RulesAdmin

_TEMPLATE = "smallweb_uploads/admin/try_rules.html"
_LABELS: dict[GateName, Any] = {
    "on": gettext_lazy("Switched on"),
    "access": gettext_lazy("Who may send"),
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind by its name"),
    "path": gettext_lazy("Path"),
    "size": gettext_lazy("Size"),
    "quota": gettext_lazy("Room in folder and account"),
    "disk": gettext_lazy("Room on the disk"),
    "content": gettext_lazy("Kind by its content"),
}


class TryForm(forms.Form):
    """``asked`` is the question, of a form that is valid."""

    path = forms.CharField(
        label=gettext_lazy("Name or path"), max_length=500, required=False,
        help_text=gettext_lazy("What the client calls the file, like a.png or albums/2025/a.png."),
    )  # fmt: skip
    declared_type = forms.CharField(
        label=gettext_lazy("Declared type"), max_length=100, required=False,
        help_text=gettext_lazy("What the client says it is, like image/png; may be empty."),
    )  # fmt: skip
    size_bytes = SizeField(
        label=gettext_lazy("Size"), required=False, help_text=gettext_lazy("Like 500 KiB; empty: 0.")
    )
    user = forms.CharField(
        label=gettext_lazy("User"), required=False,
        help_text=gettext_lazy("A user's name; empty: a visitor who has not logged in."),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("File"), required=False, allow_empty_file=True,
        help_text=gettext_lazy("Its beginning is looked at; nothing of it is kept. Its name and size count "
                               "where none are given above."),
    )  # fmt: skip

    def __init__(self, data: Any = None, files: Any = None, *, asker: Any) -> None:
        super().__init__(data, files, auto_id="id_try_%s")
        self.asker = asker
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean_user(self) -> Any:
        return user_of_name(self.cleaned_data["user"], asker=self.asker)

    def clean(self) -> Any:
        if not (self.cleaned_data.get("path") or self.cleaned_data.get("file")):
            self.add_error("path", _("Write a name, or choose a file."))
        return self.cleaned_data

    def asked(self) -> Asked:
        given, file = self.cleaned_data, self.cleaned_data.get("file")
        size = given["size_bytes"] if given["size_bytes"] is not None or file is None else file.size
        return Asked(
            path=given["path"] or ("" if file is None else str(file.name)),
            declared_type=given["declared_type"],
            size_bytes=size or 0,
            head=None if file is None else file.read(HEAD_BYTES),
            user=given["user"],
        )


def try_rules_view(admin: RulesAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the form; by POST, which changes nothing, show below it how each gate would answer."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    row = admin.get_object(request, object_id)
    if row is None:
        raise Http404(f"There is no {admin.opts.verbose_name} {object_id!r}.")
    if not admin.has_view_permission(request, row):
        raise PermissionDenied
    way = way_to(row)
    is_asked = request.method == "POST"
    form = TryForm(*((request.POST, request.FILES) if is_asked else ()), asker=request.user)
    gates = foresee(form.asked(), way) if is_asked and way is not None and form.is_valid() else []
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Would it be taken? %(name)s") % {"name": row.name},
        "opts": admin.opts,
        "original": row,
        "media": admin.media,
        "form": form,
        "is_gone": way is None,
        "gates": [_row(gate) for gate in gates],
        "is_taken": all(gate.is_open for gate in gates),
        "back_url": reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_change", args=[row.pk]),
    }
    return TemplateResponse(request, _TEMPLATE, context)


def way_to(row: Any) -> Way | None:
    """Return where a file goes that is sent to this handler or folder; None if its code is gone."""
    if isinstance(row, UploadFolder):
        return Way(handler=None, folder=rules_of_folder(row), is_on=row.enabled)
    assert isinstance(row, UploadHandler)
    made = handlers.find(row.name)
    if made is None:
        return None
    folder = UploadFolder.objects.filter(name=made.folder).first() if made.folder else None
    return Way(
        handler=rules_of_handler(made, row),
        folder=None if folder is None else rules_of_folder(folder),
        is_on=row.enabled and (folder.enabled if folder is not None else not made.folder),
    )


def _row(gate: Gate) -> dict[str, Any]:
    return {"label": _LABELS[gate.name], "is_open": gate.is_open, "says": gate.says, "name": gate.name}
