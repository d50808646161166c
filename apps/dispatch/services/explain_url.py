"""Which code a URL reaches, and whether somebody may call it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, resolve

from ...core.access import Actor, may
from ..describe import place_of
from ..paths import base_path
from ..registry import Endpoint, endpoints
from .policy import read_rows, rule_and_place


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """``code`` is ``module.qualname`` of what answers: of a method of a controller, with its ``endpoint`` and
    ``place`` (``file:line``), or of another view. It is empty where nothing answers.

    ``rule`` stands before a method, None where it is switched off; ``said_by`` is the path of the node that
    says so, empty for the settings. ``is_allowed`` is None where nobody was asked about. ``reason``: why a
    request would be refused, or what is near; empty where it would be served.
    """

    path: str
    method: str
    endpoint: Endpoint | None = None
    code: str = ""
    place: str = ""
    rule: str | None = None
    said_by: str = ""
    is_allowed: bool | None = None
    reason: str = ""


def explain_url(url: str, *, method: str = "GET", user: Any = None) -> Explanation:
    """Return what a request for the URL, or its path, would meet; nobody is asked about for ``user`` None.

    Asks the database.
    """
    path = "/" + unquote(urlsplit(url).path).lstrip("/")
    told = Explanation(path=path, method=method.upper())
    try:
        match = resolve(path)
    except Resolver404:
        return replace(told, reason=_what_is_near(path))
    endpoint = match.kwargs.get("endpoint")
    if not isinstance(endpoint, Endpoint):
        view: Any = match.func
        code = f"{view.__module__}.{getattr(view, '__qualname__', type(view).__qualname__)}"
        return replace(told, code=code, reason="Another view of the site answers here, no controller.")
    return _explain(replace(told, endpoint=endpoint), endpoint, user)


def _explain(told: Explanation, endpoint: Endpoint, user: Any) -> Explanation:
    rule, said_by = rule_and_place(endpoint, read_rows())
    told = replace(told, code=endpoint.origin, place=place_of(endpoint), rule=rule, said_by=said_by)
    if user is not None:
        told = replace(told, is_allowed=rule is not None and may(Actor(user), rule))
    return replace(told, reason=_why_not(told, endpoint, user))


def _why_not(told: Explanation, endpoint: Endpoint, user: Any) -> str:
    if told.rule is None:
        return f"{told.said_by} is switched off."
    if ("GET" if told.method == "HEAD" else told.method) not in endpoint.methods:
        wanted = " or ".join(endpoint.methods)
        advice = "" if "GET" in endpoint.methods else "; @safe above the method lets a GET reach it"
        return f"{told.method} does not reach it: send {wanted}{advice}."
    if told.is_allowed is False:
        return f"{Actor(user)} does not fulfil {told.rule!r}."
    return ""


def _what_is_near(path: str) -> str:
    name = path.removeprefix(base_path())
    hidden = endpoints.find(name)
    if hidden is not None:
        return f"{hidden.origin} is private: no URL reaches it."
    public = {one.name for one in endpoints if one.is_public}
    if name.rstrip("/") != name and name.rstrip("/") in public:
        return "A path of a controller has no slash at its end."
    nearest = difflib.get_close_matches(name, public, n=1)
    return f"Did you mean {base_path()}{nearest[0]}?" if nearest else "Nothing answers at this path."
