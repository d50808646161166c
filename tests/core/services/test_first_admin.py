from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from smallweb.core.services.first_admin import ensure_admin

pytestmark = pytest.mark.django_db


def test_the_first_admin_gets_a_random_password_once() -> None:
    made = ensure_admin()
    assert made is not None
    name, password = made
    assert (name, len(password)) == ("admin", 23)
    user = authenticate(username=name, password=password)
    assert isinstance(user, User)
    assert user.is_superuser
    assert ensure_admin() is None


def test_the_environment_may_say_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "ann")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough secret")
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "ann@example.org")
    assert ensure_admin() == ("ann", "a long enough secret")
    assert User.objects.get().email == "ann@example.org"
