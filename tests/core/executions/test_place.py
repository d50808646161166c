from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from smallweb.core.executions import place
from smallweb.core.executions.claim import claim
from smallweb.core.executions.place import read_queue
from smallweb.core.models import State, TaskRun

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def _run(minutes_ago: float = 0, **values: Any) -> TaskRun:
    after = NOW - timedelta(minutes=minutes_ago)
    return TaskRun.objects.create(task="t", timeout_s=1, run_after=after, **values)


def test_places_are_the_order_in_which_workers_claim() -> None:
    late, early, low, high = _run(1), _run(2), _run(9, priority=-1), _run(priority=1)
    _run(5, state=State.RUNNING)
    _run(-5)
    queue = read_queue(NOW)
    assert queue.places == {high.pk: 1, early.pk: 2, late.pk: 3, low.pk: 4}
    assert queue.is_whole
    assert [run.pk for run in claim(9, low.uuid, now=NOW)] == list(queue.places)


def test_only_the_first_are_counted(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(place, "MAX_PLACES", 2)
    first, second, _third = _run(3), _run(2), _run(1)
    with django_assert_max_num_queries(3):
        queue = read_queue(NOW)
    assert (queue.places, queue.is_whole) == ({first.pk: 1, second.pk: 2}, False)
    first.delete()
    assert read_queue(NOW).is_whole


def test_an_empty_queue_is_whole() -> None:
    assert read_queue(NOW) == place.Queue({}, is_whole=True)
