from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from smallweb.core.bulk import lock_free_rows
from smallweb.core.models import State, TaskRun
from smallweb.core.prepared import Prepared

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _first(now: datetime, limit: int) -> models.QuerySet[TaskRun]:
    return TaskRun.objects.startable(now).order_by("run_after")[:limit]


@pytest.fixture
def runs() -> list[TaskRun]:
    return [
        TaskRun.objects.create(
            task="a", arguments={"hour": hour}, run_after=NOW + timedelta(hours=hour), timeout_s=1.5
        )
        for hour in range(4)
    ]


def test_the_rows_are_those_of_the_queryset_at_each_moment(runs: list[TaskRun]) -> None:
    first = Prepared(TaskRun, _first)
    for hour in (0, 2, -1, 9):
        now = NOW + timedelta(hours=hour)
        assert first(now, 9) == list(_first(now, 9))
    assert first(NOW + timedelta(hours=9), 2) == runs[:2]
    assert first(NOW + timedelta(hours=9), 3) == runs[:3]


def test_the_values_are_those_of_the_model(runs: list[TaskRun]) -> None:
    (run,) = Prepared(TaskRun, _first)(NOW, 1)
    assert (run.uuid, run.run_after, run.arguments, run.timeout_s) == (runs[0].uuid, NOW, {"hour": 0}, 1.5)
    run.state = State.FAILED
    run.save()
    assert TaskRun.objects.get(pk=run.pk).state == State.FAILED


def test_columns_that_are_left_out_are_read_when_asked_for(runs: list[TaskRun]) -> None:
    (run,) = Prepared(TaskRun, lambda now: _first(now, 1).only("attempt"))(NOW)
    assert run.get_deferred_fields()
    assert run.task == "a"


def test_the_sql_is_built_once(runs: list[TaskRun]) -> None:
    built = []

    def build(now: datetime, limit: int) -> models.QuerySet[TaskRun]:
        built.append(limit)
        return _first(now, limit)

    first = Prepared(TaskRun, build)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            first(NOW, 1)
            first(NOW, 2)
    assert built == [1, 2]
    assert len(queries) == 6


def test_rows_may_be_locked(runs: list[TaskRun]) -> None:
    with transaction.atomic():
        (run,) = Prepared(TaskRun, lambda now: lock_free_rows(_first(now, 1)))(NOW)
    assert run == runs[0]
