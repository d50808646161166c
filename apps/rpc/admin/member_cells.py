"""How members show what they are."""

from __future__ import annotations

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, block, cells, type_text, without_modules
from ..describe import signature_of, verbs_of
from ..endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from ..models import RemoteMember
from ..registry import endpoints


def endpoint_of(member: RemoteMember) -> Endpoint | None:
    """Return what the code has under the member's path, None where that code is gone."""
    return endpoints.find(member.name) if member.in_code else None


def what_text(endpoint: Endpoint | None) -> str:
    """Return a method's signature, an attribute's type and default mode."""
    if isinstance(endpoint, FunctionEndpoint):
        return without_modules(signature_of(endpoint))
    if isinstance(endpoint, AttributeEndpoint):
        return type_text(endpoint.type)
    return _("The code is gone.")


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


def figures_text(endpoint: Endpoint | None) -> str:
    """Say what became of the calls that this process has served."""
    if endpoint is None:
        return EMPTY
    figures = [endpoint.watches[verb].figures() for verb in endpoint.watches]
    used = [each for each in figures if each.calls]
    if not used:
        return EMPTY
    busiest = max(used, key=lambda each: each.calls)
    calls, errors = sum(each.calls for each in used), sum(each.errors for each in used)
    return cells.figures_text(busiest._replace(calls=calls, errors=errors))


def change_url(member: RemoteMember) -> str:
    return reverse("admin:smallweb_rpc_remotemember_change", args=[member.pk])


def console_url(member: RemoteMember) -> str:
    return reverse("admin:smallweb_rpc_remotemember_console", args=[member.pk])
