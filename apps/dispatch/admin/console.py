"""The console: one method, a form made of its parameters, and what came of calling it."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from ...core.admin import block, duration_text, shortened, table
from ..models import Node
from ..registry import Endpoint
from .console_call import MAX_BYTES, Answer, call_as
from .console_form import PREFIX, CallForm, example_of
from .console_request import Asked, ConsoleRequest
from .console_snippets import snippets
from .node_cells import change_url, signature_text, url_of
from .standing import Standing, rule_cell, standing_now

if TYPE_CHECKING:
    from .node import NodeAdmin

CALL_PERMISSION = "smallweb_dispatch.call_node"
_TEMPLATE = "smallweb_dispatch/admin/console.html"


def console_view(admin: NodeAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show the form; by POST send what it says, as this person, whose rights are asked as ever."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    node = admin.get_object(request, object_id)
    standing = standing_now(node) if node is not None else None
    if node is None or standing is None or standing.endpoint is None:
        raise Http404(f"There is no method {object_id!r} in code.")
    if not (admin.has_view_permission(request, node) and request.user.has_perm(CALL_PERMISSION)):
        raise PermissionDenied
    endpoint = standing.endpoint
    form, asked, answer = CallForm(endpoint), None, None
    if request.method == "POST":
        method = _method(request, endpoint)
        form = CallForm(endpoint, request.POST, request.FILES)
        if form.is_valid():
            asked = form.asked(method)
            answer = _send(admin, request, node, endpoint, asked)
            _tell_form(form, answer)
    context = _context(admin, request, node, standing, form, asked or example_of(endpoint), answer)
    return TemplateResponse(request, _TEMPLATE, context)


def _method(request: HttpRequest, endpoint: Endpoint) -> str:
    method = request.POST.get("verb", endpoint.methods[0])
    if method not in endpoint.methods:
        raise Http404(f"{method!r} does not reach {endpoint.name}.")
    return method


def _send(admin: NodeAdmin, request: HttpRequest, node: Node, endpoint: Endpoint, asked: Asked) -> Answer:
    answer = call_as(ConsoleRequest(asked, f"/{endpoint.name}", of=request), endpoint)
    said = {"method": asked.method, "path": endpoint.name, "arguments": _arguments_text(asked)}
    told = _("Console: %(method)s %(path)s %(arguments)s") % said
    admin.log_change(request, node, f"{told}: {answer.status}, {duration_text(answer.took_s)}")
    return answer


def _arguments_text(asked: Asked) -> str:
    shown = asked.hidden()
    sent = shown.form if shown.form is not None else shown.body
    files = {name: [str(file.name) for file in some] for name, some in shown.files.items()}
    said = [part for part in (shown.query, sent, files) if part and isinstance(part, dict | list | str)]
    return shortened(json.dumps(said[0] if len(said) == 1 else said, ensure_ascii=False), length=500)


def _tell_form(form: CallForm, answer: Answer) -> None:
    """Put the error of a parameter at its field."""
    name = f"{PREFIX}{answer.refusal.get('field')}"
    if name in form.fields:
        form.add_error(name, str(answer.refusal.get("problem") or answer.refusal.get("message")))


def _context(
    admin: NodeAdmin,
    request: HttpRequest,
    node: Node,
    standing: Standing,
    form: CallForm,
    asked: Asked,
    answer: Answer | None,
) -> dict[str, Any]:
    endpoint = standing.endpoint
    assert endpoint is not None
    site = f"{request.scheme}://{request.get_host()}"
    path = url_of(node) or f"/{node.name}"
    script_url = static("smallweb_core/csrf.js")
    return {
        **admin.admin_site.each_context(request),
        "title": _("Console: %(path)s") % {"path": endpoint.name},
        "opts": admin.opts,
        "original": node,
        "media": admin.media,
        "form": form,
        "buttons": [(method, method) for method in endpoint.methods],
        "endpoint": endpoint,
        "what": signature_text(endpoint),
        "doc": inspect.getdoc(endpoint.function) or "",
        "rules": rule_cell(node, standing),
        "is_off": standing.off_at is not None,
        "back_url": change_url(node),
        "outcome": answer,
        "shown": _shown(request, answer) if answer is not None else {},
        "snippets": snippets(path, asked, site=site, script_url=script_url),
    }


def _shown(request: HttpRequest, answer: Answer) -> dict[str, Any]:
    headers = table([_("Header"), _("Value")], answer.headers, label=_("Headers"))
    note = _("Only its first %(count)d bytes are shown.") % {"count": MAX_BYTES} if answer.is_cut else ""
    return {
        "time": duration_text(answer.took_s),
        "headers": headers,
        "body": block(answer.text),
        "note": note,
        "status_url": dict(answer.headers).get("Location", "") if answer.status == 202 else "",
        "tasks_url": _tasks_url(request) if answer.status == 202 else "",
    }


def _tasks_url(request: HttpRequest) -> str:
    if not request.user.has_perm("smallweb_dispatch.view_ticket"):
        return ""
    try:
        return reverse("admin:smallweb_dispatch_ticket_changelist")
    except NoReverseMatch:
        return ""
