"""What is stored of a token, and whose it is."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from smallweb.core.exceptions import BadArguments, TokenRefused
from smallweb.core.models import ApiToken
from smallweb.core.services.tokens import create_token, still_usable, use_token

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create(username="ann")


def test_only_the_digest_and_the_beginning_are_stored(ann: User) -> None:
    token, text = create_token(ann, name="backup")
    token.refresh_from_db()
    assert token.digest == hashlib.sha256(text.encode()).hexdigest()
    assert text.startswith(token.prefix)
    assert len(text) - len(token.prefix) >= 35
    assert text not in str(vars(token))
    assert text not in str(token)
    assert create_token(ann, name="other")[1] != text


def test_a_token_is_found_by_its_whole_text(ann: User) -> None:
    token, text = create_token(ann, name="backup", expires_at=NOW + timedelta(hours=1))
    assert use_token(text, scope="rpc", now=NOW).user == ann
    for wrong in ("", text[:-1], text + "x", text.swapcase(), f" {text}", token.digest, token.prefix, "ä"):
        with pytest.raises(TokenRefused):
            use_token(wrong, scope="rpc", now=NOW)
    with pytest.raises(TokenRefused):
        use_token(text, scope="uploads", now=NOW)
    with pytest.raises(TokenRefused):
        use_token(text, scope="rpc", now=NOW + timedelta(hours=1))


def test_scopes_that_nobody_knows_are_refused(ann: User) -> None:
    for scopes in ((), ("everything",), ("rpc", "everything")):
        with pytest.raises(BadArguments):
            create_token(ann, name="backup", scopes=scopes)


def test_the_last_use_is_written_once_a_minute(ann: User) -> None:
    token, text = create_token(ann, name="backup")
    times = [NOW + timedelta(seconds=seconds) for seconds in (0, 30, 59, 61, 90)]
    seen = []
    for now in times:
        use_token(text, scope="rpc", now=now)
        token.refresh_from_db()
        seen.append(token.last_used_at)
    assert seen == [times[0], times[0], times[0], times[3], times[3]]


def test_a_token_is_usable_until_it_is_revoked_expires_or_loses_its_user(ann: User) -> None:
    def is_usable(token: ApiToken) -> bool:
        return still_usable(token.pk, scope="rpc", now=NOW) is not None

    token, _ = create_token(ann, name="backup")
    assert is_usable(token)
    assert still_usable(token.pk, scope="other", now=NOW) is None
    assert token.state(NOW) == "usable"
    token.revoke()
    assert not is_usable(token)
    assert token.state(NOW) == "revoked"
    late, _ = create_token(ann, name="late", expires_at=NOW)
    assert not is_usable(late)
    assert late.state(NOW) == "expired"
    other, _ = create_token(ann, name="other")
    ann.is_active = False
    ann.save()
    assert not is_usable(other)
