"""The page that says which code a URL would reach, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin.asked_user import user_of_name
from ..describe import place_of
from ..models import Node
from ..options import METHODS
from ..services.explain_url import Explanation, explain_url
from .node_cells import reached_text, signature_text
from .standing import node_link

if TYPE_CHECKING:
    from .node import NodeAdmin

_TEMPLATE = "smallweb_dispatch/admin/reach.html"
MAX_URL = 2_000


class ReachForm(forms.Form):
    """``cleaned_data["user"]`` is a user, AnonymousUser for nobody."""

    url = forms.CharField(
        label=gettext_lazy("URL or path"),
        max_length=MAX_URL,
        widget=forms.TextInput(attrs={"placeholder": "/folder/library/Class/method", "autocomplete": "off"}),
    )
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=[(name, name) for name in METHODS])
    user = forms.CharField(
        label=gettext_lazy("User"),
        required=False,
        help_text=gettext_lazy("A user's name; empty: a visitor who has not logged in."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, asker: Any) -> None:
        super().__init__(data, auto_id="id_reach_%s")
        self.asker = asker

    def clean_user(self) -> Any:
        return user_of_name(self.cleaned_data["user"], asker=self.asker)


def reach_view(admin: NodeAdmin, request: HttpRequest) -> HttpResponse:
    """Show the form, and below it what the URL would reach."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    form = ReachForm(_asked(request), asker=request.user)
    reach = _reach(form) if form.is_bound and form.is_valid() else None
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Which code would this URL reach?"),
        "opts": admin.opts,
        "media": admin.media,
        "form": form,
        "reach": reach,
        "who": form.cleaned_data["user"] if reach is not None else None,
        "rows": _rows(reach) if reach is not None and reach.endpoint is not None else [],
    }
    return TemplateResponse(request, _TEMPLATE, context)


def _asked(request: HttpRequest) -> dict[str, Any] | None:
    if "url" not in request.GET:
        return None
    return {"method": "GET", **request.GET.dict()}


def _reach(form: ReachForm) -> Explanation | None:
    asked = form.cleaned_data
    try:
        return explain_url(asked["url"], method=asked["method"], user=asked["user"])
    except ValueError as error:
        form.add_error("url", _("This is no URL: %(error)s.") % {"error": error})
        return None


def _rows(reach: Explanation) -> list[tuple[str, Any]]:
    endpoint = reach.endpoint
    assert endpoint is not None
    has_row = Node.objects.filter(name=endpoint.name).exists()
    by = node_link(reach.rule_at) if reach.rule_at else _("the settings")
    return [
        (_("Method"), node_link(endpoint.name) if has_row else endpoint.name),
        (_("Code"), reach.code),
        (_("File"), place_of(endpoint)),
        (_("Takes"), signature_text(endpoint)),
        (_("Reached by"), reached_text(endpoint)),
        (_("Who may"), reach.rule),
        (_("Says who"), by),
    ]
