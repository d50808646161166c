"""Methods in a worker, and what their starters hear of failures."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from smallweb.core.models import State, TaskRun
from tests.workers import run_all_tasks

pytestmark = pytest.mark.django_db(transaction=True)

ODD = "/examples/odd/Odd"


def status_after(client: Client, method: str) -> Any:
    """Start a task and return its status when the workers have nothing left to do."""
    started = client.post(f"{ODD}/{method}")
    assert started.status_code == 202
    run_all_tasks()
    return client.get(started.headers["Location"]).json()


@pytest.mark.parametrize(
    ("method", "words", "kept"),
    [
        ("closed", "The shop is closed.", "PublicError: The shop is closed."),
        ("gives_up", "There is no bread: nobody baked.", "GiveUp: There is no bread: nobody baked."),
    ],
)
def test_an_error_that_is_an_answer_is_final(client: Client, method: str, words: str, kept: str) -> None:
    assert status_after(client, method) == {"status": "FAILURE", "error": words}
    run = TaskRun.objects.get()
    assert (run.attempt, run.state, run.error) == (1, State.FAILED, kept)


def test_of_another_error_its_class_is_told(client: Client) -> None:
    assert status_after(client, "fails") == {"status": "FAILURE", "error": "ValueError"}
