"""The status of a task, for programs and for people."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from smallweb.core.models import State, TaskRun
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


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "waiting"),
        ({"state": State.RUNNING}, "running"),
        ({"state": State.RUNNING, "progress": {"status": "Kneading", "state": {}}}, "Kneading"),
        ({"state": State.SUCCESSFUL, "result": 3}, "done"),
        ({"state": State.FAILED, "error": "ValueError: no"}, "failed"),
        ({"state": State.LOST}, "lost"),
        ({"state": State.CANCELLED}, "cancelled"),
    ],
)
def test_people_read_plain_words(client: Client, fields: dict[str, Any], word: str) -> None:
    path = client.post(f"{OPEN}/count", {"to": "1"}).headers["Location"]
    over = {"finished_at": timezone.now()} if fields.get("state") not in (None, State.RUNNING) else {}
    TaskRun.objects.update(**fields, **over)
    page = client.get(path, headers={"accept": "text/html"}).content.decode()
    assert f'data-waiting="waiting" data-running="running">{word}</strong>' in page
    assert f"<title>{word if over else 'Working…'} · " in page
