from __future__ import annotations

import uuid
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, MaintenanceWindow, Page
from smallweb.periodic.services.claim_runs import claim_jobs, claim_runs
from smallweb.periodic.services.control_jobs import run_now
from smallweb.periodic.services.wake_jobs import wake_jobs
from tests.periodic.conftest import NOW, MakeJob, runs_of, seconds

pytestmark = pytest.mark.django_db


def _finish(run: JobRun) -> None:
    run.set_successful(now=NOW)
    run.save()


def test_a_due_time_is_claimed_once(make_job: MakeJob, page: Page) -> None:
    job = make_job()
    claim = claim_runs(page.pk, now=NOW)
    (run,) = claim.runs
    assert (run.due_at, run.attempt, run.state) == (NOW, 1, State.RUNNING)
    assert run.lease == claim.lease
    assert run.job.page == page
    job.refresh_from_db()
    assert job.next_due == NOW + seconds(10)
    assert claim_runs(page.pk, now=NOW).runs == []


def test_nothing_is_claimed_before_its_time(make_job: MakeJob, page: Page) -> None:
    make_job()
    assert claim_runs(page.pk, now=NOW - seconds(0.001)).runs == []


def test_a_job_that_still_runs_is_not_claimed_again(make_job: MakeJob, page: Page) -> None:
    make_job()
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert claim_runs(page.pk, now=NOW + seconds(10)).runs == []
    _finish(run)
    (second,) = claim_runs(page.pk, now=NOW + seconds(10)).runs
    assert second.due_at == NOW + seconds(10)


def test_a_page_that_is_gone_is_told(db: None) -> None:
    with pytest.raises(Page.DoesNotExist):
        claim_runs(12345, now=NOW)


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [("skip", [95]), ("once", [90]), ("all", [0, 10, 20, 30, 40, 50, 60, 70, 80, 90])],
)
def test_missed_times_are_caught_up_as_the_job_says(
    make_job: MakeJob, page: Page, catch_up: str, expected: list[int]
) -> None:
    grace = 5 if catch_up == "skip" else 0
    make_job(catch_up=catch_up, every="10s" if catch_up != "skip" else "95s")
    found = []
    while runs := claim_runs(page.pk, now=NOW + seconds(90 + grace)).runs:
        found += [(run.due_at - NOW).total_seconds() for run in runs]
        _finish(runs[0])
    assert found == expected


def test_skip_drops_what_is_long_past(make_job: MakeJob, page: Page) -> None:
    job = make_job(catch_up="skip", every="1h")
    assert claim_runs(page.pk, now=NOW + timedelta(hours=3, minutes=30)).runs == []
    job.refresh_from_db()
    assert job.next_due == NOW + timedelta(hours=4)


@pytest.mark.parametrize("what", ["job", "page"])
def test_what_is_disabled_is_not_due(make_job: MakeJob, page: Page, what: str) -> None:
    job = make_job(enabled=what != "job")
    Page.objects.filter(pk=page.pk).update(enabled=what != "page")
    assert claim_runs(page.pk, now=NOW).runs == []
    run_now(job, now=NOW)
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert run.trigger == JobRun.Trigger.MANUAL


def test_a_run_by_hand_may_share_the_instant_of_a_due_time(make_job: MakeJob, page: Page) -> None:
    job = make_job()
    run_now(job, now=NOW)
    (by_hand,) = claim_runs(page.pk, now=NOW).runs
    _finish(by_hand)
    (due,) = claim_runs(page.pk, now=NOW).runs
    assert {by_hand.trigger, due.trigger} == {"manual", "schedule"}
    assert by_hand.due_at == due.due_at


def test_runs_by_hand_wait_for_each_other(make_job: MakeJob, page: Page) -> None:
    job = make_job(enabled=False)
    run_now(job, now=NOW)
    run_now(job, now=NOW + seconds(1))
    (first,) = claim_runs(page.pk, now=NOW + seconds(2)).runs
    assert first.due_at == NOW
    assert claim_runs(page.pk, now=NOW + seconds(2)).runs == []
    _finish(first)
    (second,) = claim_runs(page.pk, now=NOW + seconds(2)).runs
    assert second.due_at == NOW + seconds(1)


def test_a_retry_comes_when_its_time_has_come_and_before_the_next_due_time(
    make_job: MakeJob, page: Page
) -> None:
    make_job(retries=1)
    (run,) = claim_runs(page.pk, now=NOW).runs
    run.set_ready_again("later", now=NOW, run_after=NOW + seconds(30))
    run.save()
    assert claim_runs(page.pk, now=NOW + seconds(20)).runs == []
    (again,) = claim_runs(page.pk, now=NOW + seconds(30)).runs
    assert (again.pk, again.attempt) == (run.pk, 2)


def test_jitter_delays_the_look_not_the_due_time(make_job: MakeJob, page: Page) -> None:
    job = make_job(wake_at=NOW + seconds(3), jitter_s=5.0)
    assert claim_runs(page.pk, now=NOW + seconds(2)).runs == []
    (run,) = claim_runs(page.pk, now=NOW + seconds(3)).runs
    assert run.due_at == NOW
    job.refresh_from_db()
    assert job.next_due == NOW + seconds(10)
    assert NOW + seconds(10) <= (job.wake_at or NOW) < NOW + seconds(15)


def _window(page: Page | None = None, **fields: Any) -> MaintenanceWindow:
    times = {"starts_at": NOW - seconds(60), "ends_at": NOW + seconds(60)}
    window = MaintenanceWindow.objects.create(name="works", **{**times, **fields})
    if page is not None:
        window.pages.add(page)
    return window


def test_a_window_postpones_what_is_due_and_retries_but_not_a_persons_wish(
    make_job: MakeJob, page: Page
) -> None:
    due, retried, wished = make_job("a"), make_job("b", retries=1), make_job("bar", enabled=False)
    (retry,) = [run for run in claim_runs(page.pk, now=NOW).runs if run.job == retried]
    retry.set_ready_again("later", now=NOW, run_after=NOW)
    retry.save()
    Job.objects.filter(pk=due.pk).update(wake_at=NOW, next_due=NOW)
    JobRun.objects.filter(job=due).delete()
    run_now(wished, now=NOW)
    _window(page)
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert run.job == wished
    due.refresh_from_db()
    retry.refresh_from_db()
    assert (due.wake_at, due.next_due, retry.run_after) == (NOW + seconds(60), NOW, NOW + seconds(60))


def test_a_window_that_is_taken_away_gives_the_jobs_back(make_job: MakeJob, page: Page) -> None:
    past = NOW.replace(year=2020)
    job = make_job(next_due=past, wake_at=NOW.replace(year=2100))
    window = _window(page)
    window.delete()
    wake_jobs()
    job.refresh_from_db()
    assert job.wake_at == past


def test_a_window_of_another_page_does_not_hold(make_job: MakeJob, page: Page) -> None:
    make_job()
    _window(Page.objects.create(name="other.html"))
    assert len(claim_runs(page.pk, now=NOW).runs) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"weekdays": "Someday", "start_time": time(0), "duration_s": 60},
        {"weekdays": "Tue", "start_time": time(0)},
        {"weekdays": "Tue", "start_time": time(0), "duration_s": 60, "time_zone": "Mars/Base"},
        {},
    ],
)
def test_a_window_that_cannot_be_read_stops_nothing(
    make_job: MakeJob, page: Page, fields: dict[str, Any]
) -> None:
    make_job()
    MaintenanceWindow.objects.create(name="broken", **fields)
    assert len(claim_runs(page.pk, now=NOW).runs) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"every": "sometimes"},
        {"every": "", "cron": "61 * * * *"},
        {"time_zone": "Mars/Base"},
        {"catch_up": "what"},
        {"starts_at": NOW, "ends_at": NOW - seconds(1)},
    ],
)
def test_a_schedule_that_cannot_be_read_fails_visibly_and_stops_no_other_job(
    make_job: MakeJob, page: Page, fields: dict[str, Any]
) -> None:
    broken = make_job("a")
    Job.objects.filter(pk=broken.pk).update(**fields)
    make_job("b")
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert run.job.tag_id == "b"
    broken.refresh_from_db()
    (failed,) = runs_of(broken)
    assert failed.state == broken.last_state == State.FAILED
    assert "schedule cannot be read" in failed.error
    assert (broken.next_due, broken.wake_at, broken.failures_in_row) == (None, None, 1)


def test_a_due_time_that_had_its_run_is_passed_over(make_job: MakeJob, page: Page) -> None:
    job = make_job()
    (run,) = claim_runs(page.pk, now=NOW).runs
    _finish(run)
    Job.objects.filter(pk=job.pk).update(next_due=NOW, wake_at=NOW)
    make_job("b")
    (other,) = claim_runs(page.pk, now=NOW).runs
    assert other.job.tag_id == "b"
    job.refresh_from_db()
    assert job.next_due == NOW + seconds(10)


def test_the_database_holds_a_job_to_one_running_run(make_job: MakeJob, page: Page) -> None:
    from django.db import IntegrityError, transaction

    job = make_job()
    claim_runs(page.pk, now=NOW)
    second = JobRun(job=job, due_at=NOW + seconds(1), run_after=NOW)
    second.claim(uuid.uuid4(), now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


def test_jobs_are_claimed_by_hand_as_far_as_they_are_free(make_job: MakeJob, page: Page) -> None:
    free, busy = make_job("a", enabled=False), make_job("b")
    claim_runs(page.pk, now=NOW)
    claim = claim_jobs(page.pk, [free, busy], now=NOW)
    (run,) = claim.runs
    assert (run.job, run.state, run.lease, run.trigger) == (free, State.RUNNING, claim.lease, "manual")


def test_a_hundred_jobs_are_claimed_with_few_queries(make_job: MakeJob, page: Page) -> None:
    for number in range(100):
        make_job(f"t{number}")
    with CaptureQueriesContext(connection) as captured:
        assert len(claim_runs(page.pk, now=NOW).runs) == 100
    assert len(captured) <= 12, [query["sql"][:100] for query in captured]
