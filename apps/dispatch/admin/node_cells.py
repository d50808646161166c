"""How nodes show what they are."""

from __future__ import annotations

import inspect
import time
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, figures_text, moment_cell, shortened, table, type_text, without_modules
from ..describe import signature_of
from ..fields import Field
from ..models import Node
from ..registry import Endpoint, endpoints
from ..services.watch_requests import watch_of


def signature_text(endpoint: Endpoint) -> str:
    """Return what callers fill and what is returned, without the modules of classes."""
    return without_modules(signature_of(endpoint))


def doc_of(node: Node, endpoint: Endpoint | None) -> str:
    """Return the docstring of a method or class."""
    if endpoint is not None:
        return inspect.getdoc(endpoint.function) or ""
    if node.kind != Node.Kind.CLASS:
        return ""
    inside = next((one for one in endpoints if one.class_name == node.name), None)
    return (inside.controller.__doc__ or "") if inside is not None else ""


def reached_text(endpoint: Endpoint | None) -> str:
    """Say by which methods of HTTP it is reached, and whether it runs in the background."""
    if endpoint is None:
        return EMPTY
    methods = ", ".join(endpoint.methods)
    return _("%(methods)s, as a task") % {"methods": methods} if endpoint.is_task else methods


def figures_cell(endpoint: Endpoint | None) -> SafeString:
    """Say what became of the requests that this process has served, and what went wrong last."""
    watch = watch_of(endpoint.name) if endpoint is not None else None
    if watch is None:
        return SafeString(EMPTY)
    now = time.monotonic()
    pace = _("%(minute)d in the last minute, %(hour)d in the last hour") % {
        "minute": watch.last_minute(now),
        "hour": watch.last_hour(now),
    }
    shown = format_html(
        '<div>{}</div><div class="smallweb-doc">{}</div>', pace, figures_text(watch.figures())
    )
    last = watch.last_error
    if last is None:
        return shown
    at = moment_cell(datetime.fromtimestamp(last.at, UTC), now=timezone.now())
    words = shortened(last.error or last.outcome)
    return format_html('{}<div class="smallweb-doc">{}: {} {}</div>', shown, _("last error"), words, at)


def parameters_table(endpoint: Endpoint) -> str | SafeString:
    """The parameters that callers fill."""
    given = endpoint.parameters
    if given.takes_params:
        return _("params: everything that is sent, as one dict.")
    rows = [(f.name, _kind(f), EMPTY if f.is_required else _default(f)) for f in given.fields]
    if given.rest is not None:
        rows.append(("**", type_text(given.rest), _("any other names")))
    if not rows:
        return _("None.")
    return table([_("Name"), _("Type"), _("Default")], rows, label=_("Parameters"))


def _kind(field: Field) -> str:
    return type_text(field.annotation if field.annotation is not None else Any) or EMPTY


def _default(field: Field) -> str:
    try:
        return shortened(msgspec.json.encode(field.default).decode())
    except TypeError:
        return shortened(repr(field.default))


def url_of(node: Node) -> str:
    """Return the path by which the node is reached; empty where no URL leads to controllers."""
    try:
        return reverse("smallweb_dispatch:endpoint", args=[node.name])
    except NoReverseMatch:
        return ""


def change_url(node: Node) -> str:
    return reverse("admin:smallweb_dispatch_node_change", args=[node.pk])


def console_url(node: Node) -> str:
    return reverse("admin:smallweb_dispatch_node_console", args=[node.pk])


def console_link(node: Node) -> SafeString:
    label = _("Console of %(path)s") % {"path": node.name}
    return format_html('<a href="{}" aria-label="{}">{}</a>', console_url(node), label, _("Console"))


def log_link(node: Node) -> SafeString:
    url = f"{reverse('admin:smallweb_dispatch_requestrecord_changelist')}?below={node.name}"
    return format_html('<a href="{}">{}</a>', url, _("Requests in the log"))
