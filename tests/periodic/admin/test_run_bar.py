from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

from smallweb.core.models import State
from smallweb.periodic.admin.run_bar import RunMark, last_runs, mean_duration_s, run_bar
from smallweb.periodic.models import Job, Page
from tests.periodic.admin.conftest import make_job, make_run

DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _bars(*marks: RunMark) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(run_bar(marks)))


def test_each_run_is_a_bar_with_a_title() -> None:
    short, failed = _bars(RunMark(State.SUCCESSFUL, DUE, 1.0), RunMark(State.FAILED, DUE, 2.0))
    assert short.get("class") == "smallweb-bar-successful"
    assert failed.get("class") == "smallweb-bar-failed"
    assert int(failed.get("height", 0)) == 2 * int(short.get("height", 0))
    assert short[0].text == "2026-03-01 12:00:00 successful, 1.0 s"


def test_a_run_that_has_not_ended_is_a_low_bar() -> None:
    (waiting,) = _bars(RunMark(State.READY, DUE, None))
    assert waiting.get("class") == "smallweb-bar-ready"
    assert 0 < int(waiting.get("height", 0)) < 10


def test_the_bars_are_summed_up_in_words() -> None:
    assert 'aria-label="no runs yet"' in run_bar([])
    marks = [RunMark(State.SUCCESSFUL, DUE, 1.0)] * 2 + [RunMark(State.LOST, DUE, None)]
    assert 'aria-label="last 3 runs: 2 successful, 1 lost"' in run_bar(marks)


def test_the_mean_is_of_the_runs_that_ended() -> None:
    assert mean_duration_s([]) is None
    assert mean_duration_s([RunMark(State.READY, DUE, None)]) is None
    assert mean_duration_s([RunMark("", DUE, 1.0), RunMark("", DUE, 2.0), RunMark("", DUE, None)]) == 1.5


def test_the_last_runs_of_each_job_come_oldest_first(page: Page, job: Job) -> None:
    other = make_job(page, name="other")
    runs = [make_run(job, minutes_ago=minutes) for minutes in (1, 2, 3)]
    make_run(other)
    idle = make_job(page, name="idle")
    marks = last_runs([job.pk, other.pk, idle.pk], count=2)
    assert [mark.due_at for mark in marks[job.pk]] == [runs[1].due_at, runs[0].due_at]
    assert len(marks[other.pk]) == 1
    assert marks[idle.pk] == []
