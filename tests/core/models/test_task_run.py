from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from smallweb.core.models import State, TaskRun
from tests.core.executions.conftest import NOW, make_run, seconds

pytestmark = pytest.mark.django_db


def test_a_task_has_one_run_of_a_key_and_any_number_without() -> None:
    make_run("a", key="k")
    make_run("b", key="k")
    make_run("a")
    make_run("a")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run("a", key="k")


def test_the_uuid_is_the_runs_own() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(uuid=make_run().uuid)


def test_questions_about_runs_have_names() -> None:
    by_state = {state: make_run(state=state) for state in State.values}
    final = {by_state[state] for state in (State.SUCCESSFUL, State.FAILED, State.LOST, State.CANCELLED)}
    assert set(TaskRun.objects.final()) == final
    assert set(TaskRun.objects.failed()) == {by_state[State.FAILED], by_state[State.LOST]}
    assert set(TaskRun.objects.startable(NOW)) == {by_state[State.READY]}
    assert not TaskRun.objects.startable(NOW - timedelta(seconds=1)).exists()


@pytest.mark.parametrize(
    ("fields", "dead", "is_abandoned"),
    [
        ({"lease_expires_at": NOW - seconds(1)}, None, True),
        ({"lease_expires_at": NOW}, None, False),
        ({"lease_expires_at": NOW - seconds(1), "state": State.READY}, None, False),
        ({"lease_expires_at": NOW, "holder": uuid.UUID(int=1)}, uuid.UUID(int=1), True),
        ({"lease_expires_at": NOW, "holder": uuid.UUID(int=1)}, uuid.UUID(int=2), False),
        ({"lease_expires_at": NOW, "holder": None}, uuid.UUID(int=2), False),
    ],
)
def test_a_run_is_abandoned_by_the_dead_and_by_those_that_hang(
    fields: dict[str, Any], dead: uuid.UUID | None, is_abandoned: bool
) -> None:
    make_run(**{"state": State.RUNNING, **fields})
    assert TaskRun.objects.abandoned(NOW, dead_tree=dead).exists() is is_abandoned


def test_its_name_tells_the_task_and_the_uuid() -> None:
    run = make_run("my.task")
    assert str(run) == f"my.task {run.uuid}"
