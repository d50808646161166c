"""Who is counted for a limit."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = "/examples/probe/Open"


@pytest.mark.parametrize("path", ["hello", "hello_async", "who", "letters"])
def test_a_cookie_does_not_disturb_what_is_public(client: Client, path: str) -> None:
    client.force_login(User.objects.create_user("ann"))
    assert client.get(f"{OPEN}/{path}", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_each_user_of_an_address_has_a_count_of_their_own() -> None:
    ann, bob = Client(REMOTE_ADDR="192.0.2.8"), Client(REMOTE_ADDR="192.0.2.8")
    ann.force_login(User.objects.create_user("ann2"))
    bob.force_login(User.objects.create_user("bob2"))
    assert [ann.get(f"{OPEN}/seldom").status_code for _ in range(3)] == [200, 200, 429]
    assert bob.get(f"{OPEN}/seldom").status_code == 200
