"""The one gate: may this actor do this?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .exceptions import AccessDenied, BadAccessRule

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

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


def require_access(actor: Actor, guarded: Guarded, verb: str) -> None:
    """Return when the actor may do ``verb`` to ``guarded``; else raise AccessDenied."""
    rule = guarded.access_rule(verb)
    if not may(actor, rule):
        raise AccessDenied(f"{actor} may not {verb} {guarded}; it takes {rule!r}.")


def may(actor: Actor, rule: str) -> bool:
    """Decide one rule: ``public``, ``login``, ``staff``, ``permission:<app.codename>``, ``group:<name>``.

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
    return bool(user.groups.filter(name=name).exists())  # type: ignore[attr-defined]


def parse_rule(rule: str) -> tuple[str, str]:
    """Split a rule into its kind and its name. Raises BadAccessRule."""
    kind, colon, name = rule.partition(":")
    if kind in (PUBLIC, LOGIN, STAFF) and not colon:
        return kind, ""
    if (kind == "permission" and all(name.partition("."))) or (kind == "group" and name.strip()):
        return kind, name
    raise BadAccessRule(
        f"{rule!r} is no access rule; write 'public', 'login', 'staff', 'permission:<app.codename>' "
        "or 'group:<name>'."
    )
