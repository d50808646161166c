"""Which code a URL reaches, and why somebody may not call it. Nothing is called or imported for that."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve
from django.utils.translation import gettext as _

from ...core.views import serve_site
from ..models import Node
from ..paths import base_path
from ..registry import Endpoint, endpoints, route
from .explain_denials import explain_denials
from .policy import levels, off_at, read_rows, said_at, said_in_code


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """``code`` is ``module.name`` of what answers, a method of a controller or another view; empty for
    nothing. ``instead`` says in words what is there where no method is. ``rule_at`` is the path of the node
    that says the rule, empty for the settings; ``denials`` are the reasons why the request is refused.
    """

    path: str
    endpoint: Endpoint | None = None
    code: str = ""
    instead: str = ""
    rule: str = ""
    rule_at: str = ""
    denials: tuple[str, ...] = ()


def explain_url(url: str, *, method: str = "GET", user: Any = None) -> Explanation:
    """Return what a request of this user for the URL, or its path, would find.

    AnonymousUser stands for a visitor; with ``user`` None nobody's rights are asked about, and ``denials``
    are those that hold for everybody. Asks the database. Raises ValueError for what is no URL.
    """
    path = path_of(url)
    match = _match(path)
    endpoint = match.kwargs.get("endpoint") if match is not None else None
    if not isinstance(endpoint, Endpoint):
        code = match._func_path if match is not None else ""
        return Explanation(path=path, code=code, instead=f"{_instead(match)} {advice(path)}".strip())
    rows, above = read_rows(), levels(endpoint.name)
    rule, rule_at = said_at(above, rows, said_in_code(endpoint))
    off = off_at(above, rows)
    denials = [] if off is None else [_("It is switched off at %(path)s.") % {"path": off}]
    denials += explain_denials(endpoint, method=method.upper(), rule=rule, user=user)
    return Explanation(
        path=path, endpoint=endpoint, code=endpoint.origin, rule=rule, rule_at=rule_at, denials=tuple(denials)
    )


def path_of(url: str) -> str:
    """Return the path of a URL as the patterns see it, with its first slash. Raises ValueError."""
    path = unquote(urlsplit(url.strip()).path)
    prefix = get_script_prefix()
    if prefix != "/" and path.startswith(prefix):
        path = path[len(prefix) :]
    return f"/{path.removeprefix('/')}"


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _instead(match: ResolverMatch | None) -> str:
    if match is None:
        return _("No pattern of urls.py takes it: 404.")
    if match.func is serve_site:
        return _("No controller: the folders of pages are asked for it, and answer with a file or 404.")
    words = _("No controller: the pattern %(pattern)r of urls.py comes first, and has the view %(view)s.")
    return words % {"pattern": match.route, "view": match.view_name or match._func_path}


def advice(path: str) -> str:
    """Say what was perhaps meant; empty where nothing is near."""
    name = path[1:].removeprefix(base_path().removeprefix(get_script_prefix()))
    bare = name.strip("/")
    if found := route(name):
        return _("It hides the method %(path)s.") % {"path": found.name}
    if name in endpoints or f"{name}/index" in endpoints:
        return _("There is such a method, but it is private: it runs in the background alone.")
    if bare != name and route(bare):
        return _("Without the slash at its end it would reach %(path)s.") % {"path": bare}
    return _about_row(Node.objects.filter(name=bare[:250].replace("\0", "")).first()) or _nearest(bare)


def _about_row(node: Node | None) -> str:
    if node is None:
        return ""
    if not node.in_code:
        return _("There is a row of this path, but its code is gone.")
    texts = {"kind": node.get_kind_display(), "path": node.name}
    return _("%(path)s is a %(kind)s without a method called index; add the name of a method.") % texts


def _nearest(name: str) -> str:
    public = [one.name for one in endpoints if one.is_public]
    for other in public:
        if other.lower() == name.lower():
            return _("Capitals count: there is %(path)s.") % {"path": other}
    near = difflib.get_close_matches(name[:250], public, n=1)
    return _("Did you mean %(path)s?") % {"path": near[0]} if near else ""
