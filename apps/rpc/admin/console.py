"""The console: one member, a form made of its annotations, and what came of using it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import block, duration_text, json_block, shortened
from ...core.admin.example import example_value
from ...core.redact import HIDDEN, looks_secret
from ..describe import verbs_of
from ..endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from ..models import RemoteMember
from .console_call import MAX_ITEMS, TIMEOUT_S, Outcome, call_as
from .console_form import PREFIX, VALUE, CallForm, ValueForm
from .console_snippets import Request, by_position, snippets, wire
from .effective import rules_cell
from .member_cells import change_url, endpoint_of, what_text

if TYPE_CHECKING:
    from .remote_member import RemoteMemberAdmin

CALL_PERMISSION = "smallweb_rpc.call_member"
_TEMPLATE = "smallweb_rpc/admin/console.html"
_LABELS = {
    "call": gettext_lazy("Call"),
    "get": gettext_lazy("Get"),
    "set": gettext_lazy("Set"),
    "delete": gettext_lazy("Delete"),
}


def console_view(admin: RemoteMemberAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the form; by POST do what it says, as this person, whose rights are asked as ever."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    member = admin.get_object(request, object_id)
    endpoint = endpoint_of(member) if member is not None else None
    if member is None or endpoint is None:
        raise Http404(f"There is no member {object_id!r} in code.")
    if not (admin.has_view_permission(request, member) and request.user.has_perm(CALL_PERMISSION)):
        raise PermissionDenied
    verb = _verb(request, endpoint)
    form = _form(endpoint, verb, request.POST if request.method == "POST" else None)
    asked, outcome = None, None
    if request.method == "POST" and (form is None or not form.is_bound or form.is_valid()):
        asked = _asked(verb, form)
        outcome = _do(admin, request, member, endpoint, asked)
        _tell_form(form, outcome)
    return TemplateResponse(
        request, _TEMPLATE, _context(admin, request, member, endpoint, form, asked, outcome)
    )


def _verb(request: HttpRequest, endpoint: Endpoint) -> str:
    """The first button is the one that changes nothing."""
    verbs = verbs_of(endpoint)
    verb = request.POST.get("verb", verbs[0])
    if verb not in verbs:
        raise Http404(f"{verb!r} cannot be done to {endpoint.name}.")
    return verb


def _form(endpoint: Endpoint, verb: str, data: Any) -> CallForm | ValueForm | None:
    """Return the form; what is typed as a new value is looked at only to set it."""
    if isinstance(endpoint, FunctionEndpoint):
        return CallForm(endpoint, data)
    if isinstance(endpoint, AttributeEndpoint) and "w" in endpoint.mode:
        return ValueForm(endpoint, data if verb == "set" else None)
    return None


def _asked(verb: str, form: forms.Form | None) -> Request:
    if isinstance(form, CallForm):
        return Request(verb, form.rest(), form.arguments())
    if isinstance(form, ValueForm) and verb == "set":
        return Request(verb, [], {}, form.cleaned_data[VALUE])
    return Request(verb, [], {})


def _do(
    admin: RemoteMemberAdmin, request: HttpRequest, member: RemoteMember, endpoint: Endpoint, asked: Request
) -> Outcome:
    method, params = wire(endpoint, asked)
    if isinstance(endpoint, FunctionEndpoint):
        params = {"path": endpoint.name, "timeout_s": TIMEOUT_S, "stream": endpoint.streams}
        args, kwargs = _with_names(endpoint, asked)
        method, params = "rpc.call", params | {"args": args, "kwargs": kwargs}
    outcome = call_as(request.user, method, params, address=request.META.get("REMOTE_ADDR", ""))
    said = {"verb": asked.verb, "path": endpoint.name, "arguments": _arguments_text(endpoint, asked)}
    told = _("Console: %(verb)s %(path)s %(arguments)s") % said
    admin.log_change(request, member, f"{told}: {outcome.code}, {duration_text(outcome.took_s)}")
    return outcome


def _with_names(endpoint: FunctionEndpoint, asked: Request) -> tuple[list[Any], dict[str, Any]]:
    """Arguments beyond the named ones go by position, and so then do those before them."""
    if not asked.args:
        return [], asked.kwargs
    positional = by_position(asked, endpoint.parameters.listed)
    return positional.args, positional.kwargs


def _arguments_text(endpoint: Endpoint, asked: Request) -> str:
    shown = asked.hidden(endpoint.name.rpartition(".")[2])
    said = shown.value if asked.verb == "set" else [*shown.args, shown.kwargs] if shown.args else shown.kwargs
    return shortened(json.dumps(said, ensure_ascii=False), length=500)


def _tell_form(form: forms.Form | None, outcome: Outcome) -> None:
    """Put the error of an argument at its field."""
    error = outcome.error or {}
    told = error.get("data")
    data = told if isinstance(told, dict) else {}
    field = data.get("field")
    if form is None or not form.is_bound or field is None:
        return
    name = VALUE if isinstance(form, ValueForm) else f"{PREFIX}{field}"
    if name in form.fields:
        form.add_error(name, str(data.get("problem") or error["message"]))


def _context(
    admin: RemoteMemberAdmin,
    request: HttpRequest,
    member: RemoteMember,
    endpoint: Endpoint,
    form: forms.Form | None,
    asked: Request | None,
    outcome: Outcome | None,
) -> dict[str, Any]:
    verbs = verbs_of(endpoint)
    site = f"{request.scheme}://{request.get_host()}"
    return {
        **admin.admin_site.each_context(request),
        "title": _("Console: %(path)s") % {"path": endpoint.name},
        "opts": admin.opts,
        "original": member,
        "media": admin.media,
        "form": form,
        "buttons": [(verb, _LABELS[verb]) for verb in verbs],
        "endpoint": endpoint,
        "what": what_text(endpoint),
        "doc": endpoint.doc,
        "rules": rules_cell(endpoint, member, member.object),
        "is_off": not (member.enabled and member.object.enabled),
        "back_url": change_url(member),
        "outcome": outcome,
        "shown": _shown(endpoint, outcome),
        "snippets": snippets(endpoint, asked or _example(endpoint, verbs[0]), site=site),
    }


def _shown(endpoint: Endpoint, outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {}
    name = endpoint.name.rpartition(".")[2]
    shown = {"time": duration_text(outcome.took_s), "code": outcome.code}
    if outcome.items or (isinstance(endpoint, FunctionEndpoint) and endpoint.streams):
        shown["list"] = json_block(outcome.items) if outcome.items else _("No items.")
        shown["note"] = (
            _("It was stopped after %(count)d items.") % {"count": MAX_ITEMS} if outcome.is_cut else ""
        )
    elif outcome.error is None:
        shown["result"] = _result_block(
            name, outcome.result, is_attribute=isinstance(endpoint, AttributeEndpoint)
        )
    if outcome.error is not None and outcome.error.get("data") is not None:
        shown["data"] = json_block(outcome.error["data"])
    return shown


def _result_block(name: str, result: Any, *, is_attribute: bool) -> Any:
    """A value under a name that looks secret is hidden, like a secret inside of a result."""
    if is_attribute and looks_secret(name) and result is not True:
        return block(HIDDEN)
    if result in (None, {}):
        return block(json.dumps(result))
    return json_block(result)


def _example(endpoint: Endpoint, verb: str) -> Request:
    """Before anything was asked: the parameters that must be given, each with a value of its kind."""
    if not isinstance(endpoint, FunctionEndpoint):
        return Request(verb, [], {})
    needed = [one for one in endpoint.parameters.listed if one.is_required]
    return Request(verb, [], {one.name: example_value(one.type) for one in needed})
