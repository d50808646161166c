from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smallweb.core.executions import browse as browse_module
from smallweb.core.executions.browse import Found, Section, browse, kinds
from smallweb.core.models import Execution, State, TaskRun
from smallweb.periodic.models import Job, JobRun, Page

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def job() -> Job:
    page = Page.objects.create(name="index.html")
    return Job.objects.create(name="job", page=page, tag_id="a", function="f", every="1h")


def _task_run(seconds_ago: float = 0, **values: Any) -> TaskRun:
    moment = NOW - timedelta(seconds=seconds_ago)
    run = TaskRun.objects.create(task="t", timeout_s=1, **{"run_after": moment, **values})
    TaskRun.objects.filter(pk=run.pk).update(created_at=moment)
    return run


def _job_run(job: Job, seconds_ago: float = 0, **values: Any) -> JobRun:
    moment = NOW - timedelta(seconds=seconds_ago)
    run = JobRun.objects.create(job=job, due_at=moment, **{"run_after": moment, **values})
    JobRun.objects.filter(pk=run.pk).update(created_at=moment)
    return run


def _all_pages(section: Section, *, limit: int, models: Any = None) -> list[list[Execution]]:
    pages: list[list[Execution]] = []
    found = Found([], {})
    while found.older is not None:
        found = browse(models or kinds(), section, found.older, limit=limit)
        pages.append(found.runs)
        assert len(pages) < 50
    return pages


def test_every_kind_with_rows_of_its_own_is_known() -> None:
    assert {TaskRun, JobRun} <= set(kinds())


def test_kinds_are_merged_newest_first_and_paged_without_gap_or_repetition(job: Job) -> None:
    made: list[Execution] = []
    for age in range(11, 0, -1):
        make = _task_run(age) if age % 3 else _job_run(job, age)
        made.insert(0, make)
    for limit in (1, 2, 3, 4, 20):
        pages = _all_pages("all", limit=limit)
        assert [run for page in pages for run in page] == made
        assert all(len(page) <= limit for page in pages)


def test_what_comes_while_a_person_reads_does_not_shift_the_older_pages(job: Job) -> None:
    old = [_job_run(job, 100), _task_run(90), _task_run(80)]
    first = browse(kinds(), "all", {}, limit=2)
    _task_run()
    _job_run(job)
    assert first.older is not None
    assert browse(kinds(), "all", first.older, limit=5).runs == [old[0]]


def test_what_waits_comes_in_the_order_of_its_start(job: Job) -> None:
    runs: list[Execution] = [
        _task_run(9), _job_run(job, 7), _task_run(5), _task_run(5), _task_run(-60), _job_run(job, -90),
    ]  # fmt: skip
    _task_run(3, state=State.RUNNING)
    for limit in (1, 2, 10):
        assert [run for page in _all_pages("waiting", limit=limit) for run in page] == runs


def test_each_section_has_its_states(job: Job) -> None:
    by_state: dict[str, Execution] = {
        state: _task_run(state=state, lease_expires_at=NOW if state == State.RUNNING else None)
        for state in State.values
    }
    found = {
        section: {run.state for run in browse([TaskRun], section, {}, limit=50).runs}
        for section in ("all", "running", "waiting", "failed", "finished")
    }
    assert found == {
        "all": set(by_state),
        "running": {"RUNNING"},
        "waiting": {"READY"},
        "failed": {"FAILED", "LOST"},
        "finished": {"SUCCESSFUL", "FAILED", "LOST", "CANCELLED"},
    }


def test_a_rare_state_is_looked_for_some_rows_at_a_time(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse_module, "WINDOW", 4)
    first = _task_run(99, state=State.FAILED)
    for age in range(20, 0, -1):
        _task_run(age, state=State.SUCCESSFUL)
    pages = _all_pages("failed", limit=5, models=[TaskRun])
    assert pages[0] == []
    assert [run for page in pages for run in page] == [first]
    assert len(pages) > 4


def test_a_page_takes_a_few_queries_however_many_rows_there_are(job: Job) -> None:
    for age in range(30):
        _task_run(age, state=State.RUNNING, lease_expires_at=NOW)
        _job_run(job, age)
    for section in ("all", "running", "waiting", "failed", "finished"):
        with CaptureQueriesContext(connection) as queries:
            found = browse(kinds(), section, {}, limit=10)
            assert len({(run.title, run.who, run.outcome) for run in found.runs}) <= 10
        assert len(queries) <= 2 * len(kinds())
        assert not any("OFFSET" in query["sql"] for query in queries.captured_queries)


def test_a_result_is_read_no_further_than_it_is_shown() -> None:
    _task_run(state=State.SUCCESSFUL, result={"text": "x" * 100_000})
    (run,) = browse([TaskRun], "all", {}, limit=10).runs
    assert run.outcome.startswith('{"text": "xxx')
    assert len(run.outcome) <= 200
    assert "result" in run.get_deferred_fields()
