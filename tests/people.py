"""People at a browser, without one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss(db: None) -> Client:
    """A superuser."""
    return logged_in(User.objects.create_superuser("boss"))
