from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from smallweb.core.cluster.lookout import MAX_PAUSE_S, PENDING_PAUSE_S, Lookout
from smallweb.core.cluster.work import Hint, recover_work, work_sources
from smallweb.core.tasks import run_work
from tests.core.cluster.sources import Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_each_due_time_is_hinted_at_once_and_again_when_nobody_took_it(source: Source) -> None:
    lookout = Lookout()
    source.due = [Hint(key=1, token="a"), Hint(key=2, token="a")]
    assert lookout.look(NOW, limit=9) == [("tests", 1), ("tests", 2)]
    assert lookout.look(_after(1), limit=9) == []
    source.due = [Hint(key=1, token="b"), Hint(key=2, token="a")]
    assert lookout.look(_after(2), limit=9) == [("tests", 1)]
    assert lookout.look(_after(6), limit=9) == [("tests", 2)]


def test_a_clock_that_is_set_back_stops_nothing(source: Source) -> None:
    lookout = Lookout()
    source.due = [Hint(key=1, token="a")]
    lookout.look(NOW, limit=9)
    assert lookout.look(_after(-3600), limit=9) == [("tests", 1)]
    assert len(source.recovered) == 2


def test_dead_workers_are_looked_for_every_few_seconds(source: Source) -> None:
    lookout = Lookout()
    for second in range(12):
        lookout.look(_after(second), limit=9)
    assert source.recovered == [None, None]


@pytest.mark.parametrize(("next_in_s", "pause_s"), [(None, 1.0), (0.3, 0.3), (-5.0, 0.0), (60.0, 1.0)])
def test_the_pause_lasts_until_the_next_due_time(
    source: Source, next_in_s: float | None, pause_s: float
) -> None:
    source.next_at = None if next_in_s is None else _after(next_in_s)
    assert Lookout().pause_s(NOW) == pytest.approx(pause_s)


def test_a_broken_source_stops_no_other(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    other = Source("other")
    work_sources.register(other.entry)
    other.due = [Hint(key=7, token="a")]
    source.is_broken = True
    assert Lookout().look(NOW, limit=9) == [("other", 7)]
    recover_work(NOW, dead_tree=uuid.uuid4())
    assert len(other.recovered) == 2
    assert "could not say what is due" in caplog.text


def test_a_fault_of_a_source_is_logged_by_the_task(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    source.is_broken = True
    run_work("tests", 5)
    assert source.ran == [5]
    assert "source=tests key=5 broke off" in caplog.text
    run_work("nobody", 5)
    assert "No work source is registered as 'nobody'" in caplog.text


def test_while_a_hint_is_not_taken_up_the_next_look_comes_soon(source: Source) -> None:
    lookout = Lookout()
    source.due = [Hint(key=1, token="a")]
    assert lookout.look(NOW, limit=9)
    source.next_at = NOW + timedelta(seconds=30)
    assert lookout.pause_s(NOW) == PENDING_PAUSE_S
    source.due = []
    lookout.look(NOW, limit=9)
    assert lookout.pause_s(NOW) == MAX_PAUSE_S


def _hints(count: int) -> list[Hint]:
    return [Hint(key=key, token="a") for key in range(count)]


def test_what_the_limit_cuts_off_is_given_by_the_next_looks(source: Source) -> None:
    lookout = Lookout()
    source.due = _hints(5)
    assert [key for _, key in lookout.look(NOW, limit=2)] == [0, 1]
    assert [key for _, key in lookout.look(NOW, limit=2)] == [2, 3]
    assert [key for _, key in lookout.look(NOW, limit=2)] == [4]
    assert lookout.look(NOW, limit=2) == []


def test_dead_workers_are_looked_for_though_there_is_no_room(source: Source) -> None:
    lookout = Lookout()
    source.due = _hints(5)
    for second in range(12):
        assert lookout.look(_after(second), limit=-second) == []
    assert source.recovered == [None, None]
    assert lookout.pause_s(NOW) == PENDING_PAUSE_S
    assert len(lookout.look(_after(12), limit=9)) == 5


def test_a_hint_that_still_waits_for_a_worker_is_not_repeated(source: Source) -> None:
    lookout = Lookout()
    source.due = _hints(3)
    lookout.look(NOW, limit=9)
    assert lookout.look(_after(30), limit=9, waiting=3) == []
    assert lookout.look(_after(30), limit=9, waiting=2) == [("tests", 0)]
    # The one that was repeated waits behind the other two.
    assert lookout.look(_after(31), limit=9, waiting=1) == [("tests", 1), ("tests", 2)]


def test_the_first_source_that_has_something_new_is_given_at_once(source: Source) -> None:
    other = Source("other")
    work_sources.register(other.entry)
    lookout = Lookout()
    source.due, other.due = _hints(1), _hints(1)
    assert lookout.look(NOW, limit=9) == [("tests", 0)]
    assert lookout.pause_s(NOW) == 0.0
    assert lookout.look(NOW, limit=9) == [("other", 0)]
    assert lookout.pause_s(NOW) == 0.0
    assert lookout.look(NOW, limit=9) == []
    assert lookout.pause_s(NOW) == PENDING_PAUSE_S


def test_a_source_that_always_has_something_leaves_room_for_the_others(source: Source) -> None:
    other = Source("other")
    work_sources.register(other.entry)
    lookout = Lookout()
    other.due = _hints(4)
    given = []
    for turn in range(8):
        source.due = [Hint(key=turn, token="a")]
        given += lookout.look(NOW, limit=1)
    assert [name for name, _ in given] == ["tests", "other"] * 4


def test_after_a_jump_ahead_nobody_is_taken_for_dead_at_once(source: Source) -> None:
    lookout = Lookout()
    lookout.look(NOW, limit=9)
    lookout.look(NOW + timedelta(hours=1), limit=9)
    assert len(source.recovered) == 1
