"""Why a request for a method is refused, in words for operators."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ...core.access import LOGIN, PUBLIC, STAFF, Actor, may, parse_rule
from ...core.exceptions import BadAccessRule
from ..registry import Endpoint
from ..signature import must_be_user


def explain_denials(endpoint: Endpoint, *, method: str, rule: str, user: Any) -> list[str]:
    """Return the reasons; no one's rights are asked about for ``user`` None. May ask the database."""
    denials = _method_denials(endpoint, method)
    return denials if user is None else [*denials, *_user_denials(endpoint, rule, user)]


def _method_denials(endpoint: Endpoint, method: str) -> list[str]:
    wanted = "GET" if method == "HEAD" else method
    if wanted in endpoint.methods:
        return []
    texts = {"method": method, "methods": _(" or ").join(endpoint.methods)}
    told = _("%(method)s does not reach it; send %(methods)s.") % texts
    advice = _("If the method changes nothing, write @safe above it.")
    return [f"{told} {advice}" if wanted == "GET" else told]


def _user_denials(endpoint: Endpoint, rule: str, user: Any) -> list[str]:
    if not (user.is_authenticated and user.is_active):
        is_login_wanted = rule != PUBLIC or must_be_user in endpoint.parameters.injected.values()
        return [_visitor_words(user)] if is_login_wanted else []
    try:
        return [] if may(Actor(user), rule) else [_lack(rule, user)]
    except BadAccessRule:
        return [_("The rule %(rule)r cannot be read; nobody is let in.") % {"rule": rule}]


def _visitor_words(user: Any) -> str:
    if user.is_authenticated:
        return _("It takes a login, and %(user)s is not active.") % {"user": user}
    return _("It takes a login.")


def _lack(rule: str, user: Any) -> str:
    kind, name = parse_rule(rule)
    words = {
        LOGIN: _("%(user)s must log in."),
        STAFF: _("%(user)s is no staff."),
        "permission": _("%(user)s lacks the permission %(name)s."),
        "group": _("%(user)s is not in the group %(name)s."),
        "rule": _("The rule %(name)s says no to %(user)s."),
    }
    return words[kind] % {"user": user, "name": name}
