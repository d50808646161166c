from __future__ import annotations

from datetime import timedelta

import pytest

from smallweb.core.models import State
from smallweb.periodic.models import JobRun, Page
from smallweb.periodic.services.claim_runs import claim_runs
from smallweb.periodic.services.control_jobs import run_now
from smallweb.periodic.services.follow_clock import follow_clock
from smallweb.periodic.services.recover_runs import recover_runs
from smallweb.periodic.tasks import page_work
from tests.periodic.conftest import NOW, MakeJob, runs_of, seconds

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_after_the_clock_was_set_back_a_job_goes_on_with_its_grid(make_job: MakeJob, page: Page) -> None:
    job = make_job(last_run_at=NOW + DAY, next_due=NOW + DAY + seconds(10), wake_at=NOW + DAY + seconds(10))
    page_work.recover(NOW + seconds(3), None)
    job.refresh_from_db()
    assert job.next_due == job.wake_at == NOW + seconds(10)
    (run,) = claim_runs(page.pk, now=NOW + seconds(10)).runs
    assert run.due_at == NOW + seconds(10)


def test_a_job_that_has_become_due_meanwhile_is_not_put_off(make_job: MakeJob) -> None:
    job = make_job(last_run_at=NOW + DAY)
    assert follow_clock(NOW + seconds(3)) == 0
    job.refresh_from_db()
    assert job.next_due == NOW


@pytest.mark.parametrize("ran_at", [None, NOW, NOW + seconds(29)])
def test_a_skipped_time_stays_skipped_while_the_clock_is_right(make_job: MakeJob, ran_at: object) -> None:
    job = make_job(last_run_at=ran_at, next_due=NOW + DAY, wake_at=NOW + DAY)
    assert follow_clock(NOW) == 0
    job.refresh_from_db()
    assert job.next_due == NOW + DAY


def test_a_schedule_that_cannot_be_read_keeps_no_other_job(make_job: MakeJob) -> None:
    later = {"last_run_at": NOW + DAY, "next_due": NOW + DAY, "wake_at": NOW + DAY}
    make_job("a", every="soon", **later)
    make_job("b", **later)
    assert follow_clock(NOW + seconds(1)) == 1


def test_a_run_that_waits_for_a_time_of_the_wrong_clock_waits_no_more(make_job: MakeJob) -> None:
    job = make_job()
    JobRun.objects.filter(pk=run_now(job, now=NOW + DAY).pk).update(created_at=NOW + DAY)
    follow_clock(NOW)
    (run,) = runs_of(job)
    assert run.run_after == NOW


def test_a_retry_that_waits_goes_on_waiting(make_job: MakeJob) -> None:
    job = make_job()
    run = run_now(job, now=NOW)
    JobRun.objects.filter(pk=run.pk).update(created_at=NOW, run_after=NOW + seconds(3600))
    follow_clock(NOW)
    assert runs_of(job)[0].run_after == NOW + seconds(3600)


def test_a_dead_workers_lease_of_the_wrong_clock_ends_like_any_other(make_job: MakeJob, page: Page) -> None:
    job = make_job()
    claim_runs(page.pk, now=NOW + DAY)
    follow_clock(NOW)
    assert recover_runs(NOW + seconds(29)) == 0
    assert recover_runs(NOW + seconds(31)) == 1
    assert runs_of(job)[0].state == State.READY
