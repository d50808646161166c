from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from smallweb.core.admin.place import place_cell, queue_for, stage_cell, when_cell
from smallweb.core.executions import place as place_module
from smallweb.core.executions.place import Queue
from smallweb.core.models import State
from tests.core.admin.conftest import make_run

pytestmark = pytest.mark.django_db
NOW = timezone.now() + timedelta(hours=1)  # later than any run of these tests
EMPTY = "\N{EN DASH}"


def test_who_waits_hears_its_place() -> None:
    first, second = make_run(age_s=9), make_run(age_s=8)
    queue = queue_for([second], NOW)
    assert place_cell(first, queue, now=NOW) == "1st of 2"
    assert stage_cell(second, queue, now=NOW) == "2nd of 2"


def test_who_waits_far_behind_hears_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_module, "MAX_PLACES", 1)
    first, second = make_run(age_s=9), make_run(age_s=8)
    queue = queue_for([first, second], NOW)
    assert place_cell(first, queue, now=NOW) == "1st of more than 1000"
    assert place_cell(second, queue, now=NOW) == "behind 1000 others"


def test_a_run_that_has_just_left_the_queue_starts_now() -> None:
    assert place_cell(make_run(), Queue({}, is_whole=True), now=NOW) == "starts now"


def test_who_does_not_wait_has_no_place_and_costs_no_look(django_assert_num_queries: object) -> None:
    runs = [make_run(State.RUNNING, progress=0.5), make_run(run_after=NOW + timedelta(hours=3))]
    with django_assert_num_queries(0):  # type: ignore[operator]
        queue = queue_for(runs, NOW)
    assert [place_cell(run, queue, now=NOW) for run in runs] == [EMPTY, EMPTY]
    assert "50 %" in stage_cell(runs[0], queue, now=NOW)


def test_the_moment_shown_is_that_of_the_state() -> None:
    later = NOW + timedelta(hours=3)
    assert "in 3 h" in when_cell(make_run(run_after=later), now=NOW)
    assert "60 s ago" in when_cell(make_run(State.RUNNING, started_at=NOW - timedelta(seconds=60)), now=NOW)
    ended = make_run(State.FAILED, finished_at=NOW - timedelta(seconds=5))
    assert "5 s ago" in when_cell(ended, now=NOW)
    assert when_cell(make_run(State.CANCELLED, finished_at=None), now=NOW) == EMPTY
