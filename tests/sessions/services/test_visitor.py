"""Who looks at an app."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore

from smallweb.sessions.services.visitor import know_visitor, owner_of, recall_visitor

pytestmark = pytest.mark.django_db


def test_somebody_new_is_given_a_session() -> None:
    visitor = know_visitor(SessionStore(), AnonymousUser(), address="1.2.3.4")
    assert SessionStore().exists(visitor.session_key)
    assert (visitor.name, visitor.address, visitor.user) == ("", "1.2.3.4", {})
    assert visitor.session_key not in visitor.owner
    again = know_visitor(SessionStore(visitor.session_key), AnonymousUser(), address="5.6.7.8")
    assert (again.owner, again.visitor) == (visitor.owner, visitor.visitor)


@pytest.mark.parametrize("chosen", ["a" * 32, "ATTACKER-CHOSEN", "../../etc", "x", "a/b/../x"])
def test_a_session_that_a_browser_chose_is_none(chosen: str) -> None:
    visitor = know_visitor(SessionStore(chosen), AnonymousUser(), address="")
    assert visitor.session_key != chosen
    assert recall_visitor(SessionStore(chosen), AnonymousUser(), address="") is None


def test_who_has_no_session_is_nobody() -> None:
    assert recall_visitor(SessionStore(), AnonymousUser(), address="") is None


def test_a_user_is_the_same_visitor_in_each_login_and_another_owner() -> None:
    user = User.objects.create_user("ann", "ann@example.com", first_name="Ann", last_name="Lee")
    first, second = (know_visitor(SessionStore(), user, address="1.2.3.4") for _ in range(2))
    assert first.visitor == second.visitor == f"user:{user.pk}"
    assert first.owner != second.owner
    assert first.address == ""
    assert first.user == {
        "id": str(user.pk),
        "name": "ann",
        "full_name": "Ann Lee",
        "email": "ann@example.com",
        "is_staff": False,
        "is_superuser": False,
    }


def test_a_login_has_another_owner_though_its_session_were_the_same() -> None:
    user = User.objects.create_user("ann")
    assert owner_of("key", user) != owner_of("key", AnonymousUser())


def test_what_django_keeps_in_a_session_is_not_shown() -> None:
    session = SessionStore()
    session["_auth_user_id"] = "1"
    session["basket"] = [1, {"deep": 2}]
    session.create()
    assert know_visitor(session, AnonymousUser(), address="").data == {"basket": [1, {"deep": 2}]}
