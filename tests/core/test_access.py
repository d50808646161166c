from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, Permission, User

from smallweb.core.access import Actor, may, parse_rule, require_access
from smallweb.core.exceptions import AccessDenied, BadAccessRule

RULES = ["public", "login", "staff", "permission:auth.view_user", "group:editors"]


@dataclass(frozen=True)
class Page:
    rule: str

    def access_rule(self, verb: str) -> str:
        return self.rule if verb == "read" else "staff"


def _user(kind: str) -> Actor:
    if kind == "anonymous":
        return Actor.anonymous()
    user = User.objects.create_user(
        kind, is_staff=kind == "staff", is_superuser="super" in kind, is_active="inactive" not in kind
    )
    if kind == "permitted":
        user.user_permissions.add(Permission.objects.get(codename="view_user"))
    if kind == "editor":
        user.groups.add(Group.objects.create(name="editors"))
    return Actor(user)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("anonymous", ["public"]),
        ("user", ["public", "login"]),
        ("staff", ["public", "login", "staff"]),
        ("permitted", ["public", "login", "permission:auth.view_user"]),
        ("editor", ["public", "login", "group:editors"]),
        ("superuser", RULES),
        ("inactive superuser", ["public"]),
    ],
)
def test_each_rule_lets_through_whom_it_names(kind: str, allowed: list[str]) -> None:
    actor = _user(kind)
    assert [rule for rule in RULES if may(actor, rule)] == allowed


@pytest.mark.parametrize(
    "rule",
    ["", "everyone", "Public", "public:", "login:x", "permission", "permission:", "permission:view_user",
     "permission:auth.", "permission:.view", "group", "group: ", "public "],
)  # fmt: skip
def test_what_is_no_rule_is_refused_not_guessed(rule: str) -> None:
    with pytest.raises(BadAccessRule, match="is no access rule"):
        parse_rule(rule)


@pytest.mark.django_db
def test_the_gate_asks_for_the_verb_and_names_who_was_refused() -> None:
    page = Page("login")
    require_access(_user("user"), page, "read")
    with pytest.raises(AccessDenied, match="an anonymous visitor may not read"):
        require_access(Actor.anonymous(), page, "read")
    with pytest.raises(AccessDenied, match=r"other may not change .* 'staff'"):
        require_access(_user("other"), page, "change")
