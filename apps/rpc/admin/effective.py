"""Which rule holds before each verb of a member, and who said so."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY
from ..describe import verbs_of
from ..endpoints import Endpoint
from ..models import RemoteMember, RemoteObject
from ..models.remote import AccessRow


class Holds(NamedTuple):
    """``by`` is ``code``, or whose row was edited."""

    verb: str
    rule: str
    by: Literal["code", "member", "object"]


def effective_rules(endpoint: Endpoint, member: RemoteMember, of: RemoteObject) -> list[Holds]:
    """Return the rule before each verb that the member has, as the gate finds it."""
    return [_holds(endpoint, verb, member, of) for verb in verbs_of(endpoint)]


def rules_cell(endpoint: Endpoint, member: RemoteMember, of: RemoteObject) -> SafeString:
    """Return the rules, each verb on a line; those that are not the code's are marked."""
    lines = [(each.verb, each.rule, _mark(each)) for each in effective_rules(endpoint, member, of)]
    if len({line[1:] for line in lines}) == 1 and len(lines) > 1:
        lines = [(", ".join(verb for verb, _rule, _by in lines), *lines[0][1:])]
    shown = '<div><span class="smallweb-quiet">{}</span> <code>{}</code> {}</div>'
    return format_html_join("", shown, lines) or SafeString(EMPTY)


def _mark(holds: Holds) -> str | SafeString:
    if holds.by == "code":
        return ""
    text = _("edited here") if holds.by == "member" else _("edited at the object")
    return format_html('<span class="smallweb-state smallweb-running">{}</span>', text)


def _holds(endpoint: Endpoint, verb: str, member: RemoteMember, of: RemoteObject) -> Holds:
    """The order is the one of ``services.policy.Policy.rule``."""
    if rule := member.rules().get(verb):
        return Holds(verb, rule, "member" if _is_edited(member, verb) else "code")
    if rule := endpoint.rules.get(verb):
        return Holds(verb, rule, "code")
    if rule := of.rules().get(verb):
        return Holds(verb, rule, "object" if _is_edited(of, verb) else "code")
    return Holds(verb, endpoint.object_rules[verb], "code")


def _is_edited(row: AccessRow, verb: str) -> bool:
    own = f"{verb}_access"
    field = own if getattr(row, own, "") else "access"
    return field in row.edited_fields()
