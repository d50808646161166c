from __future__ import annotations

from typing import Any

import pytest

from smallweb.core.models import State
from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.models import Job, JobRun
from smallweb.periodic.services import control_jobs
from smallweb.periodic.services.prune_runs import prune_job
from smallweb.periodic.services.schedule_job import upcoming_due_times
from tests.periodic.conftest import NOW, MakeJob, runs_of, seconds

pytestmark = pytest.mark.django_db


def _run(job: Job, second: int, state: State = State.SUCCESSFUL) -> JobRun:
    return JobRun.objects.create(job=job, due_at=NOW + seconds(second), run_after=NOW, state=state)


def test_pausing_and_resuming_leaves_out_what_was_missed(make_job: MakeJob) -> None:
    job = make_job()
    control_jobs.pause(job)
    assert not Job.objects.live().exists()
    control_jobs.resume(job, now=NOW + seconds(25))
    job.refresh_from_db()
    assert (job.enabled, job.next_due, job.wake_at) == (True, NOW + seconds(30), NOW + seconds(30))


def test_skipping_leaves_out_one_due_time(make_job: MakeJob) -> None:
    job = make_job()
    control_jobs.skip(job)
    job.refresh_from_db()
    assert job.next_due == NOW + seconds(10)
    job.next_due = job.wake_at = None
    control_jobs.skip(job)
    assert job.next_due is None


def test_a_new_schedule_keeps_a_new_grid(make_job: MakeJob) -> None:
    job = make_job(every="7s")
    control_jobs.reschedule(job, now=NOW + seconds(3))
    assert upcoming_due_times(job, now=NOW + seconds(3), count=2) == [NOW + seconds(10), NOW + seconds(17)]


@pytest.mark.parametrize("move", [control_jobs.resume, control_jobs.reschedule])
def test_a_schedule_that_cannot_be_read_is_refused(make_job: MakeJob, move: Any) -> None:
    job = make_job(every="often")
    with pytest.raises(ScheduleError):
        move(job, now=NOW)


def test_the_name_of_a_clone_fits_its_column(make_job: MakeJob) -> None:
    job = make_job(name="n" * 250)
    names = [control_jobs.clone(job).name for _ in range(2)]
    assert names == ["n" * 246 + " (2)", "n" * 246 + " (3)"]


def test_a_clone_is_a_paused_persons_job(make_job: MakeJob) -> None:
    job = make_job(in_code=True, code_defaults={"every": "10s"}, last_value="x", failures_in_row=2)
    first, second = control_jobs.clone(job), control_jobs.clone(job)
    assert (first.name, second.name) == ("index.html#a (2)", "index.html#a (3)")
    assert (first.enabled, first.in_code, first.next_due, first.last_value) == (False, False, None, "")
    job.refresh_from_db()
    assert (job.enabled, job.last_value) == (True, "x")


@pytest.mark.parametrize("state", State.values)
def test_only_a_failed_run_is_retried(make_job: MakeJob, state: str) -> None:
    job = make_job(retries=2)
    run = _run(job, 0, State(state))
    if state in ("FAILED", "LOST", "CANCELLED"):
        again = control_jobs.retry(run, now=NOW + seconds(5))
        assert (again.trigger, again.state, again.max_attempts) == ("manual", State.READY, 3)
    else:
        with pytest.raises(ValueError, match="only a failed run"):
            control_jobs.retry(run, now=NOW)


def test_edits_are_given_up_and_the_schedule_begins_anew(make_job: MakeJob) -> None:
    job = make_job(every="5m", timeout_s=3, in_code=True, code_defaults={"every": "10s", "timeout_s": 60.0})
    assert set(control_jobs.reset_to_code(job, now=NOW + seconds(3))) == {"every", "timeout_s"}
    job.refresh_from_db()
    assert (job.every, job.timeout_s, job.next_due) == ("10s", 60.0, NOW + seconds(3))
    assert control_jobs.reset_to_code(job, now=NOW) == []


def test_each_job_keeps_its_newest_runs(make_job: MakeJob) -> None:
    frequent, rare = make_job("a", keep_runs=3), make_job("b", keep_runs=3)
    for second in range(10):
        _run(frequent, second)
    _run(frequent, 99, State.RUNNING)
    _run(rare, 0)
    assert prune_job(frequent) == 7
    assert prune_job(rare) == 0
    assert [run.due_at - NOW for run in runs_of(frequent)] == [seconds(s) for s in (7, 8, 9, 99)]
    assert len(runs_of(rare)) == 1
    Job.objects.filter(pk=frequent.pk).update(keep_runs=0)
    frequent.refresh_from_db()
    assert prune_job(frequent) == 3
