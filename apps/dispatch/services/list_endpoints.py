"""What there is to call, who may, and what stands in the code for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.access import Actor, may
from ..describe import signature_of
from ..registry import Endpoint, endpoints
from .policy import read_rows, rule_and_place, rule_of


class Allowed(NamedTuple):
    """An endpoint, and the rule that its caller fulfils."""

    endpoint: Endpoint
    rule: str


@dataclass(frozen=True, kw_only=True)
class Listed:
    """``rule`` is None for what is switched off; ``said_by`` is the path of the node that says so, empty for
    the settings. ``is_allowed``: whether the user asked about may call it, None where nobody was.
    """

    path: str
    methods: tuple[str, ...]
    signature: str
    rule: str | None
    said_by: str
    is_task: bool
    is_private: bool
    is_allowed: bool | None


def allowed_endpoints(user: Any) -> list[Allowed]:
    """Return what a user may call now; None for everything that is switched on.

    Asks the database: once for the rows, and for each rule that stands before something.
    """
    rows = read_rows()
    rules = [(one, rule_of(one, rows)) for one in endpoints if one.is_public]
    fulfilled = _fulfilled({rule for _, rule in rules if rule is not None}, user)
    return [Allowed(one, rule) for one, rule in rules if rule is not None and rule in fulfilled]


def list_endpoints(user: Any = None) -> list[Listed]:
    """Return all endpoints by their paths, those that no URL reaches among them. Asks the database."""
    rows = read_rows()
    found = [
        (one, *rule_and_place(one, rows))
        for one in sorted(endpoints, key=lambda one: (one.class_name, one.name))
    ]
    fulfilled = _fulfilled({rule for _, rule, _ in found if rule is not None}, user)
    return [
        Listed(
            path=one.name,
            methods=one.methods if one.is_public else (),
            signature=signature_of(one),
            rule=rule,
            said_by=said_by,
            is_task=one.is_task,
            is_private=not one.is_public,
            is_allowed=None if user is None else one.is_public and rule in fulfilled,
        )
        for one, rule, said_by in found
    ]


def _fulfilled(rules: set[str], user: Any) -> set[str]:
    return rules if user is None else {rule for rule in rules if may(Actor(user), rule)}
