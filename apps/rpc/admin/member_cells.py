"""How members show what they are."""

from __future__ import annotations

import inspect
import re
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, block, duration_text
from ..describe import signature_of, verbs_of
from ..endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from ..models import RemoteMember
from ..registry import endpoints

_MODULES = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")


def endpoint_of(member: RemoteMember) -> Endpoint | None:
    """Return what the code has under the member's path, None where that code is gone."""
    return endpoints.find(member.name) if member.in_code else None


def what_text(endpoint: Endpoint | None) -> str:
    """Return a method's signature, an attribute's type and default mode."""
    if isinstance(endpoint, FunctionEndpoint):
        return _MODULES.sub("", signature_of(endpoint))
    if isinstance(endpoint, AttributeEndpoint):
        return type_text(endpoint.type)
    return _("The code is gone.")


def type_text(kind: Any) -> str:
    """Return an annotation without the modules of its classes."""
    return "" if kind is Any else _MODULES.sub("", inspect.formatannotation(kind))


def kind_text(endpoint: Endpoint | None) -> str:
    """Say what it is in a word or two."""
    if isinstance(endpoint, FunctionEndpoint):
        return _("streaming method") if endpoint.streams else _("method")
    if isinstance(endpoint, AttributeEndpoint):
        return _("tracked value") if endpoint.channel else _("attribute")
    return EMPTY


def mode_text(endpoint: Endpoint | None) -> str:
    """Say what can be done to it at all."""
    return ", ".join(verbs_of(endpoint)) if endpoint is not None else EMPTY


def doc_cell(endpoint: Endpoint | None) -> SafeString:
    return block(endpoint.doc if endpoint is not None else "")


def enabled_cell(is_enabled: bool) -> SafeString:
    state, word = ("successful", _("on")) if is_enabled else ("lost", _("off"))
    return format_html('<span class="smallweb-state smallweb-{}">{}</span>', state, word)


def figures_text(endpoint: Endpoint | None) -> str:
    """Say what became of the calls that this process has served."""
    if endpoint is None:
        return EMPTY
    figures = [endpoint.watches[verb].figures() for verb in endpoint.watches]
    used = [each for each in figures if each.calls]
    if not used:
        return EMPTY
    busiest = max(used, key=lambda each: each.calls)
    return _("%(calls)d, %(errors)d failed; half within %(median)s, 95 %% within %(slow)s") % {
        "calls": sum(each.calls for each in used),
        "errors": sum(each.errors for each in used),
        "median": duration_text(busiest.median_s),
        "slow": duration_text(busiest.slow_s),
    }


def change_url(member: RemoteMember) -> str:
    return reverse("admin:smallweb_rpc_remotemember_change", args=[member.pk])


def console_url(member: RemoteMember) -> str:
    return reverse("admin:smallweb_rpc_remotemember_console", args=[member.pk])
