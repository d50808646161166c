"""The one gate: may this actor do this?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .exceptions import AccessDenied, BadAccessRule
from .registry import Entry, Registry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[[Any], bool])

PUBLIC = "public"
LOGIN = "login"
STAFF = "staff"


@dataclass(frozen=True)
class Actor:
    """Who asks: a Django user, logged in or not."""

    user: AbstractBaseUser | AnonymousUser

    @classmethod
    def anonymous(cls) -> Actor:
        from django.contrib.auth.models import AnonymousUser

        return cls(AnonymousUser())

    def __str__(self) -> str:
        return str(self.user) if self.user.is_authenticated else "an anonymous visitor"


class Guarded(Protocol):
    """A row or an entry that says which access rule stands before each verb."""

    def access_rule(self, verb: str) -> str: ...


@dataclass(frozen=True, kw_only=True)
class AccessRule(Entry):
    """A rule of the site's own: ``rule:<name>``."""

    decide: Callable[[Any], bool]


access_rules: Registry[AccessRule] = Registry("access rule")


def access_rule(function: F) -> F:
    """Let ``rule:<module>.<function>`` stand for "the function returns true for this user".

    It is called for users who are logged in, superusers left out, and may ask the database. What it
    raises counts as no.
    """
    rule_text(function)
    return function


def rule_text(rule: str | Callable[[Any], bool]) -> str:
    """Return the text of a rule that code gives as a text or as a function. Raises BadAccessRule."""
    if isinstance(rule, str):
        parse_rule(rule)
        return rule
    name = f"{rule.__module__}.{rule.__qualname__}"
    if name not in access_rules or access_rules.get(name).decide is not rule:
        access_rules.register(AccessRule(name=name, origin=name, decide=rule))
    return f"rule:{name}"


def require_access(actor: Actor, guarded: Guarded, verb: str) -> None:
    """Return when the actor may do ``verb`` to ``guarded``; else raise AccessDenied."""
    rule = guarded.access_rule(verb)
    if not may(actor, rule):
        raise AccessDenied(f"{actor} may not {verb} {guarded}; it takes {rule!r}.")


def may(actor: Actor, rule: str) -> bool:
    """Decide one rule: ``public``, ``login``, ``staff``, ``permission:<app.codename>``, ``group:<name>``
    or ``rule:<name of an access_rule>``.

    An inactive user is nobody; a superuser passes every rule. May query the database for groups
    and permissions. Raises BadAccessRule.
    """
    kind, name = parse_rule(rule)
    if kind == PUBLIC:
        return True
    user = actor.user
    if not (user.is_authenticated and user.is_active):
        return False
    if kind == LOGIN or getattr(user, "is_superuser", False):
        return True
    if kind == STAFF:
        return bool(getattr(user, "is_staff", False))
    if kind == "permission":
        return bool(user.has_perm(name))  # type: ignore[attr-defined]
    if kind == "rule":
        return _decide(access_rules.find(name), user)
    return bool(user.groups.filter(name=name).exists())  # type: ignore[attr-defined]


def _decide(rule: AccessRule | None, user: Any) -> bool:
    if rule is None:
        return False
    try:
        return bool(rule.decide(user))
    except Exception:
        logger.exception("rule=%s user=%s could not be decided", rule.name, user.pk)
        return False


def parse_rule(rule: str) -> tuple[str, str]:
    """Split a rule into its kind and its name. Raises BadAccessRule."""
    kind, colon, name = rule.partition(":")
    if kind in (PUBLIC, LOGIN, STAFF) and not colon:
        return kind, ""
    if (kind == "permission" and all(name.partition("."))) or (kind in ("group", "rule") and name.strip()):
        return kind, name
    raise BadAccessRule(
        f"{rule!r} is no access rule; write 'public', 'login', 'staff', 'permission:<app.codename>' "
        "'group:<name>' or 'rule:<name>'."
    )
