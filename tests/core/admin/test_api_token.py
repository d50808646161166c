"""Tokens in the admin: shown once, of one's own, revoked for good."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.core.models import ApiToken
from smallweb.core.services.tokens import create_token, use_token
from tests.people import boss, logged_in

__all__ = ["boss"]

pytestmark = pytest.mark.django_db

URL = "/admin/smallweb_core/apitoken/"
RPC: dict[str, Any] = {"opens": ["rpc"]}


@pytest.fixture
def staff(db: None) -> User:
    user = User.objects.create(username="staff", is_staff=True)
    for verb in ("add", "view", "change"):
        user.user_permissions.add(Permission.objects.get(codename=f"{verb}_apitoken"))
    return user


def test_a_new_token_is_shown_once_and_logged(boss: Client) -> None:
    ann = User.objects.create(username="ann")
    assert boss.get(f"{URL}add/").status_code == 200
    response = boss.post(
        f"{URL}add/", {"name": "backup", "user": ann.pk, "expires_at_0": "", "expires_at_1": "", **RPC}
    )
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    (text,) = re.findall(r'value="(sw_[\w-]+)"', response.content.decode())
    assert use_token(text, scope="rpc", now=timezone.now()).user == ann
    token = ApiToken.objects.get()
    assert LogEntry.objects.get().object_id == str(token.pk)
    assert text not in LogEntry.objects.get().change_message
    for page in (URL, f"{URL}{token.pk}/change/", f"{URL}{token.pk}/history/"):
        shown = boss.get(page).content.decode()
        assert text not in shown
        assert token.digest not in shown


def test_staff_make_see_and_revoke_tokens_of_their_own_only(staff: User) -> None:
    root = User.objects.create_superuser("root")
    others, _ = create_token(root, name="of root")
    client = logged_in(staff)
    client.post(
        f"{URL}add/", {"name": "mine", "user": root.pk, "expires_at_0": "", "expires_at_1": "", **RPC}
    )
    assert ApiToken.objects.get(name="mine").user == staff
    shown = client.get(URL).content.decode()
    assert "mine" in shown
    assert "of root" not in shown
    assert client.get(f"{URL}{others.pk}/change/").status_code == 302
    assert client.post(f"{URL}{others.pk}/do/revoke/").status_code == 404
    others.refresh_from_db()
    assert others.enabled


def test_who_has_no_permission_makes_no_token() -> None:
    client = logged_in(User.objects.create(username="eve", is_staff=True))
    assert client.post(f"{URL}add/", {"name": "x"}).status_code == 403
    assert client.get(URL).status_code == 403
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_once_and_its_user_cannot_be_changed(boss: Client) -> None:
    ann, bob = User.objects.create(username="ann"), User.objects.create(username="bob")
    token, _ = create_token(ann, name="backup")
    change = {"name": "renamed", "user": bob.pk, "enabled": "", "expires_at_0": "", "expires_at_1": "", **RPC}
    boss.post(f"{URL}{token.pk}/change/", change)
    token.refresh_from_db()
    assert (token.name, token.user, token.enabled) == ("renamed", ann, True)
    boss.post(f"{URL}{token.pk}/do/revoke/")
    token.refresh_from_db()
    assert not token.enabled
    again = boss.post(f"{URL}{token.pk}/do/revoke/", follow=True).content.decode()
    assert "revoked already" in again
    assert "revoked" in boss.get(URL).content.decode()
    assert "no door any more" in LogEntry.objects.latest("pk").change_message


def test_people_choose_what_a_token_opens(boss: Client) -> None:
    user = User.objects.get(username="boss")
    form = {"name": "both", "user": user.pk, "expires_at_0": "", "expires_at_1": ""}
    page = boss.get(f"{URL}add/").content.decode()
    assert page.count('type="checkbox" name="opens"') == 3
    assert page.count("checked") == 1
    for wrong in ({}, {"opens": ["everything"]}):
        assert b"errorlist" in boss.post(f"{URL}add/", form | wrong).content
    assert not ApiToken.objects.exists()
    boss.post(f"{URL}add/", form | {"opens": ["rpc", "dispatch"]})
    token = ApiToken.objects.get()
    assert token.scopes == ["rpc", "dispatch"]
    assert b"rpc, dispatch" in boss.get(URL).content
    boss.post(f"{URL}{token.pk}/change/", form | {"opens": ["dispatch"]})
    token.refresh_from_db()
    assert token.scopes == ["dispatch"]


def test_who_may_only_see_a_token_sees_what_it_opens() -> None:
    user = User.objects.create(username="viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_apitoken"))
    token, _ = create_token(user, name="mine", scopes=["rpc", "dispatch"])
    shown = logged_in(user).get(f"{URL}{token.pk}/change/").content.decode()
    assert "rpc, dispatch" in shown
    assert "checkbox" not in shown
