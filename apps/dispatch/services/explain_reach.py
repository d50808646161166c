"""Which code a URL reaches, and why somebody may not call it. Nothing is called or imported for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.translation import gettext as _

from ...core.access import LOGIN, PUBLIC, STAFF, Actor, may, parse_rule
from ...core.exceptions import BadAccessRule
from ...core.views import serve_site
from ..models import Node
from ..registry import Endpoint, endpoints, route
from ..signature import must_be_user
from .policy import levels, off_at, read_rows, said_at, said_in_code


@dataclass(frozen=True, kw_only=True)
class Reach:
    """``instead`` says in words what is there where no method is. ``rule_at`` is the path of the node that
    says the rule, empty for the settings; ``denials`` are the reasons why the caller is refused.
    """

    path: str
    endpoint: Endpoint | None = None
    instead: str = ""
    rule: str = ""
    rule_at: str = ""
    denials: tuple[str, ...] = ()


def explain_reach(url: str, *, method: str, user: Any) -> Reach:
    """Return what a request of this user would find. Asks the database. Raises ValueError for no URL."""
    path = path_of(url)
    endpoint, instead = find(path)
    if endpoint is None:
        return Reach(path=path, instead=instead)
    rows, above = read_rows(), levels(endpoint.name)
    rule, rule_at = said_at(above, rows, said_in_code(endpoint))
    off = off_at(above, rows)
    denials = [] if off is None else [_("It is switched off at %(path)s.") % {"path": off}]
    denials += [*_method_denials(endpoint, method), *_user_denials(endpoint, rule, user)]
    return Reach(path=path, endpoint=endpoint, rule=rule, rule_at=rule_at, denials=tuple(denials))


def path_of(url: str) -> str:
    """Return the path of a URL as the patterns see it, with its first slash. Raises ValueError."""
    path = unquote(urlsplit(url.strip()).path)
    prefix = get_script_prefix()
    if prefix != "/" and path.startswith(prefix):
        path = path[len(prefix) :]
    return f"/{path.removeprefix('/')}"


def find(path: str) -> tuple[Endpoint | None, str]:
    """Return the method at a path; where none is, what there is instead, in words."""
    try:
        match = resolve(path)
    except Resolver404:
        return None, f"{_('No pattern of urls.py takes it: 404.')} {advice(path)}".strip()
    endpoint = match.kwargs.get("endpoint")
    if isinstance(endpoint, Endpoint):
        return endpoint, ""
    if match.func is serve_site:
        text = _("No controller: the folders of pages are asked for it, and answer with a file or 404.")
    else:
        text = _("No controller: the pattern %(pattern)r of urls.py comes first, and has the view %(view)s.")
        text %= {"pattern": match.route, "view": match.view_name or match._func_path}
    return None, f"{text} {advice(path)}".strip()


def advice(path: str) -> str:
    """Say what was perhaps meant; empty where nothing is near."""
    name = path[1:]
    bare = name.strip("/")
    if found := route(name):
        return _("It hides the method %(path)s.") % {"path": found.name}
    if name in endpoints or f"{name}/index" in endpoints:
        return _("There is such a method, but it is private: it runs in the background alone.")
    if bare != name and route(bare):
        return _("Without the slash at its end it would reach %(path)s.") % {"path": bare}
    alike = next((one.name for one in endpoints if one.is_public and one.name.lower() == bare.lower()), None)
    if alike is not None:
        return _("Capitals count: there is %(path)s.") % {"path": alike}
    return _about_row(Node.objects.filter(name=bare[:250].replace("\0", "")).first())


def _about_row(node: Node | None) -> str:
    if node is None:
        return ""
    if not node.in_code:
        return _("There is a row of this path, but its code is gone.")
    texts = {"kind": node.get_kind_display(), "path": node.name}
    return _("%(path)s is a %(kind)s without a method called index; add the name of a method.") % texts


def _method_denials(endpoint: Endpoint, method: str) -> list[str]:
    wanted = "GET" if method == "HEAD" else method
    if wanted in endpoint.methods:
        return []
    texts = {"method": method, "methods": _(" or ").join(endpoint.methods)}
    return [_("%(method)s does not reach it; send %(methods)s.") % texts]


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
