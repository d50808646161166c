from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from tests.periodic.admin.conftest import make_job, make_run

LIST = "/admin/smallweb_periodic/jobrun/"


def test_the_list_takes_as_many_queries_for_many_runs_as_for_one(
    page: Page, boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        make_run(make_job(page, name=f"job {number}"), minutes_ago=number)
    with django_assert_max_num_queries(15):
        assert boss.get(LIST).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["?q=weather", "?state__exact=FAILED", "?trigger__exact=schedule", "?job__id__exact={job}",
     "?job__page__id__exact={page}"],
)  # fmt: skip
def test_runs_are_found(query: str, failed_run: JobRun, boss: Client) -> None:
    url = LIST + query.format(job=failed_run.job_id, page=failed_run.job.page_id)
    assert f"/jobrun/{failed_run.pk}/" in boss.get(url).content.decode()


def test_a_run_shows_its_error_and_traceback_as_text(failed_run: JobRun, boss: Client) -> None:
    text = boss.get(f"{LIST}{failed_run.pk}/change/").content.decode()
    assert "no &lt;weather&gt;" in text
    assert "Traceback: &lt;here&gt;</pre>" in text
    assert "60.0 s" in text


def test_a_failed_run_is_retried_and_the_new_one_shown(failed_run: JobRun, boss: Client) -> None:
    answer = boss.post(reverse("admin:smallweb_periodic_jobrun_do", args=[failed_run.pk, "retry"]))
    again: Any = JobRun.objects.exclude(pk=failed_run.pk).get()
    assert (again.job, again.state) == (failed_run.job, State.READY)
    assert answer["Location"] == f"{LIST}{again.pk}/change/"


def test_a_successful_run_is_not_retried(job: Job, boss: Client) -> None:
    run = make_run(job)
    assert "/do/retry/" not in boss.get(f"{LIST}{run.pk}/change/").content.decode()
    answer = boss.post(reverse("admin:smallweb_periodic_jobrun_do", args=[run.pk, "retry"]), follow=True)
    assert "only a failed run can be retried" in answer.content.decode()
    assert JobRun.objects.count() == 1


def test_runs_are_deleted_with_permission(failed_run: JobRun, boss: Client) -> None:
    boss.post(f"{LIST}{failed_run.pk}/delete/", {"post": "yes"})
    assert not JobRun.objects.exists()


def test_a_run_that_runs_is_asked_to_end_by_its_button(job: Job, boss: Client) -> None:
    run = make_run(job, state=State.RUNNING)
    assert "/do/cancel/" in boss.get(f"{LIST}{run.pk}/change/").content.decode()
    url = reverse("admin:smallweb_periodic_jobrun_do", args=[run.pk, "cancel"])
    assert "will within seconds" in boss.post(url, follow=True).content.decode()
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at is not None) == (State.RUNNING, True)


def test_a_run_that_waits_is_cancelled_at_once(job: Job, boss: Client) -> None:
    run = make_run(job, state=State.READY)
    url = reverse("admin:smallweb_periodic_jobrun_do", args=[run.pk, "cancel"])
    assert "it had not begun" in boss.post(url, follow=True).content.decode()
    run.refresh_from_db()
    assert run.state == State.CANCELLED


def test_a_run_that_has_ended_is_not_cancelled(failed_run: JobRun, boss: Client) -> None:
    assert "/do/cancel/" not in boss.get(f"{LIST}{failed_run.pk}/change/").content.decode()
    url = reverse("admin:smallweb_periodic_jobrun_do", args=[failed_run.pk, "cancel"])
    assert "there is nothing to cancel" in boss.post(url, follow=True).content.decode()


def test_a_run_shows_how_its_earlier_attempts_failed(job: Job, boss: Client) -> None:
    earlier = {"attempt": 1, "started_at": "2026-01-01T00:00:00+00:00", "duration_s": 0.5}
    run = make_run(job, earlier_attempts=[{**earlier, "error": "no weather", "traceback": "Traceback"}])
    assert "<summary>no weather</summary>" in boss.get(f"{LIST}{run.pk}/change/").content.decode()
