"""Runs that a person cancels, called by a real child process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.services import watch_cancels
from smallweb.periodic.services.claim_runs import Claim, _take, claim_runs
from smallweb.periodic.services.control_jobs import cancel
from smallweb.periodic.services.recover_runs import recover_runs
from smallweb.periodic.services.run_page import run_claim, run_page
from smallweb.periodic.signals import job_ran
from tests.periodic.conftest import NOW, MakeJob, runs_of, seconds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> list[str]:
    """The states that receivers of ``job_ran`` have heard of."""
    heard: list[str] = []

    def hear(run: JobRun, **kwargs: Any) -> None:
        heard.append(run.state)

    job_ran.connect(hear)
    request.addfinalizer(lambda: job_ran.disconnect(hear))
    return heard


def _cancel(job: Job) -> JobRun:
    (run,) = runs_of(job)
    return cancel(run, now=timezone.now())


def _text(site: Path, tag_id: str) -> str:
    return (site / "index.html").read_text().partition(f'id="{tag_id}">')[2].partition("<")[0]


@pytest.mark.parametrize("function", ["sleep", "sleep_async", "swallow_everything", "hang_in_c"])
def test_a_running_call_ends_alone_within_seconds(
    function: str, make_job: MakeJob, page: Page, site: Path, told: list[str]
) -> None:
    job = make_job("a", function, timeout_s=60, retries=2, on_error="sorry", failures_in_row=1)
    other = make_job("b")
    claim = claim_runs(page.pk, now=timezone.now())
    assert _cancel(job).state == State.RUNNING
    begun = time.monotonic()
    run_claim(claim)
    assert time.monotonic() - begun < 20
    (run,), (good,) = runs_of(job), runs_of(other)
    job.refresh_from_db()
    assert (run.state, run.error, run.page_changed) == (State.CANCELLED, "", False)
    assert (job.last_state, job.failures_in_row) == (State.CANCELLED, 1)
    assert good.state == State.SUCCESSFUL
    assert (_text(site, "a"), _text(site, "b")) == ("old a", "hello")
    assert sorted(told) == [State.CANCELLED, State.SUCCESSFUL]


def test_a_run_that_waits_behind_a_slow_one_of_its_pass_is_cancelled_too(
    make_job: MakeJob, page: Page, site: Path
) -> None:
    make_job("a", "sleep", timeout_s=1.5)
    behind = make_job("b", "sleep", timeout_s=60)
    claim = claim_runs(page.pk, now=timezone.now())
    _cancel(behind)
    states = {run.job.tag_id: run.state for run in run_claim(claim)}
    assert states == {"a": State.FAILED, "b": State.CANCELLED}


def test_a_call_that_does_well_before_it_is_ended_counts(make_job: MakeJob, page: Page, site: Path) -> None:
    job = make_job("a")
    claim = claim_runs(page.pk, now=timezone.now())
    _cancel(job)
    (run,) = run_claim(claim)
    assert run.state == State.SUCCESSFUL
    assert _text(site, "a") == "hello"


@pytest.mark.parametrize(("retries", "state"), [(1, State.CANCELLED), (0, State.FAILED)])
def test_a_call_that_fails_before_it_is_ended_is_not_tried_again(
    retries: int, state: str, make_job: MakeJob, page: Page
) -> None:
    job = make_job("a", "raise_error", retries=retries)
    claim = claim_runs(page.pk, now=timezone.now())
    _cancel(job)
    (run,) = run_claim(claim)
    assert run.state == runs_of(job)[0].state == state


def test_where_a_page_takes_all_or_none_the_others_hear_why(
    make_job: MakeJob, page: Page, site: Path
) -> None:
    Page.objects.update(allow_partial=False)
    job = make_job("a", "sleep", timeout_s=60)
    other = make_job("b")
    claim = claim_runs(page.pk, now=timezone.now())
    _cancel(job)
    run_claim(claim)
    assert (
        runs_of(other)[0].error == f"Not written: {job.name} was cancelled, and the page takes all or none."
    )
    assert (_text(site, "a"), _text(site, "b")) == ("old a", "old b")


def test_a_quick_pass_asks_nothing_and_a_slow_one_once_a_second(make_job: MakeJob, page: Page) -> None:
    make_job("a")
    assert _looks(page) == 0
    JobRun.objects.all().delete()
    Job.objects.all().delete()
    make_job("a", "sleep", timeout_s=2.5)
    assert 1 <= _looks(page) <= 3


def _looks(page: Page) -> int:
    with CaptureQueriesContext(connection) as queries:
        run_page(page.pk)
    return sum(
        "cancel_requested_at" in query["sql"] and "IS NOT NULL" in query["sql"]
        for query in queries.captured_queries
    )


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_a_database_that_does_not_answer_cancels_nothing(
    error: type[Exception], make_job: MakeJob, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    (run,) = claim_runs(make_job("a").page_id, now=timezone.now()).runs
    watch = watch_cancels.CancelWatch(Claim(page, [run]))
    watch.look_every_s = 0

    def refuse(*args: Any) -> None:
        raise error("away")

    with connection.execute_wrapper(refuse):
        watch(run)
    assert "could not ask what is cancelled: away" in caplog.text
    assert connection.connection is None


def test_a_run_that_waits_is_cancelled_at_once_and_its_job_goes_on(
    make_job: MakeJob, page: Page, told: list[str]
) -> None:
    job = make_job("a", "raise_error", retries=1)
    run_page(page.pk)
    assert _cancel(job).state == State.CANCELLED
    (run,) = runs_of(job)
    assert (run.state, run.error, run.finished_at is not None) == (State.CANCELLED, "", True)
    assert told == [State.CANCELLED]
    assert Job.objects.idle().filter(pk=job.pk).exists()


def test_a_run_that_has_ended_stays_as_it_is(make_job: MakeJob, page: Page, told: list[str]) -> None:
    job = make_job("a")
    run_page(page.pk)
    assert _cancel(job).state == State.SUCCESSFUL
    assert runs_of(job)[0].cancel_requested_at is None
    assert told == [State.SUCCESSFUL]


def test_a_cancelled_run_of_a_dead_worker_does_not_begin_again(
    make_job: MakeJob, page: Page, told: list[str]
) -> None:
    job = make_job("a")
    claim_runs(page.pk, now=NOW)
    _cancel(job)
    assert recover_runs(NOW + seconds(31)) == 1
    job.refresh_from_db()
    assert runs_of(job)[0].state == job.last_state == State.CANCELLED
    assert told == [State.CANCELLED]


def test_a_run_that_was_cancelled_while_it_was_claimed_stays_cancelled(make_job: MakeJob, page: Page) -> None:
    job = make_job("a", "raise_error", retries=1)
    run_page(page.pk)
    (stale,) = runs_of(job)
    _cancel(job)
    claim = Claim(page)
    _take(claim, [stale], timezone.now())
    assert run_claim(claim) != []
    assert runs_of(job)[0].state == State.CANCELLED
