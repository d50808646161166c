"""Tokens from a shell."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from smallweb.core.exceptions import TokenRefused
from smallweb.core.models import ApiToken
from smallweb.core.services.tokens import use_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create(username="ann")


def run(*args: str, **options: Any) -> str:
    out = StringIO()
    call_command("smallweb_token", *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_create_prints_the_token_alone(ann: User) -> None:
    text = run("create", "ann", "--name", "backup", "--days", "2").strip()
    token = use_token(text, scope="rpc", now=timezone.now())
    assert (token.user, token.name) == (ann, "backup")
    assert token.expires_at is not None
    assert 1.9 < (token.expires_at - timezone.now()).total_seconds() / 86_400 <= 2
    endless = run("create", "ann").strip()
    assert use_token(endless, scope="rpc", now=timezone.now()).expires_at is None


def test_create_takes_scopes(ann: User) -> None:
    text = run("create", "ann", "--scope", "dispatch").strip()
    assert use_token(text, scope="dispatch", now=timezone.now()).scopes == ["dispatch"]
    with pytest.raises(TokenRefused):
        use_token(text, scope="rpc", now=timezone.now())
    both = run("create", "ann", "--scope", "rpc", "--scope", "dispatch").strip()
    assert use_token(both, scope="rpc", now=timezone.now()).scopes == ["rpc", "dispatch"]


def test_list_shows_who_and_what_state_but_no_token(ann: User) -> None:
    User.objects.create(username="bob")
    first, second = run("create", "ann", "--days", "1").strip(), run("create", "bob").strip()
    use_token(first, scope="rpc", now=timezone.now())
    listed = run("list")
    assert first not in listed
    assert second not in listed
    assert "ann usable, until" in listed
    assert "bob usable, never used" in listed
    assert "bob" not in run("list", "--user", "ann")


def test_revoke_takes_a_number_or_a_beginning(ann: User) -> None:
    for number in range(2):
        text = run("create", "ann").strip()
        token = ApiToken.objects.get(digest=use_token(text, scope="rpc", now=timezone.now()).digest)
        run("revoke", str(token.pk) if number else f"{token.prefix}…")
        with pytest.raises(TokenRefused):
            use_token(text, scope="rpc", now=timezone.now())


@pytest.mark.parametrize(
    "args",
    [
        ("create", "nobody"),
        ("create", "ann", "--days", "0"),
        ("create", "ann", "--scope", "everything"),
        ("revoke", "7"),
        ("revoke", "sw_"),
        (),
    ],
)
def test_what_makes_no_sense_is_refused(ann: User, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*args)


def test_a_token_opens_what_it_is_made_for(ann: User) -> None:
    both = run("create", "ann", "--scope", "rpc", "--scope", "dispatch").strip()
    for scope in ("rpc", "dispatch"):
        assert use_token(both, scope=scope, now=timezone.now()).user == ann
    plain = run("create", "ann").strip()
    with pytest.raises(TokenRefused):
        use_token(plain, scope="dispatch", now=timezone.now())
    assert "for rpc and dispatch:" in run("list")
    with pytest.raises(CommandError, match="invalid choice: 'all'"):
        run("create", "ann", "--scope", "all")
    assert ApiToken.objects.count() == 2
