"""The status of a task, for programs and for people."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.workers import run_all_tasks

pytestmark = pytest.mark.django_db(transaction=True)

ODD = "/examples/odd/Odd"
OPEN = "/examples/probe/Open"


@pytest.mark.parametrize(
    ("is_staff", "words"),
    [(False, "ValueError"), (True, "ValueError: PublicError: the secret of the server")],
)
def test_who_cancels_what_has_failed_reads_what_the_status_says(
    client: Client, is_staff: bool, words: str
) -> None:
    client.force_login(User.objects.create_user("ann", is_staff=is_staff))
    path = client.post(f"{ODD}/fails").headers["Location"]
    run_all_tasks()
    told = client.get(path).json()
    assert told == {"status": "FAILURE", "error": words}
    assert client.delete(path).json() == told
    as_json = {"accept": "application/json"}
    assert client.post(f"{path}/cancel", headers=as_json).json() == told
