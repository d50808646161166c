from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.registry import FunctionEntry, functions
from tests.periodic.admin.conftest import make_job, make_run

LIST = "/admin/smallweb_periodic/job/"
ADD = f"{LIST}add/"


def _url(job: Job) -> str:
    return f"{LIST}{job.pk}/change/"


def _do(job: Job, name: str) -> str:
    return reverse("admin:smallweb_periodic_job_do", args=[job.pk, name])


def _form(page_: Page, /, **changes: Any) -> dict[str, Any]:
    values = {
        "enabled": "on", "name": "", "page": page_.pk, "tag_id": "weather", "function": "host.greet",
        "kwargs": "{}", "kind": "text", "attribute": "", "every": "10m", "cron": "", "time_zone": "",
        "starts_at_0": "", "starts_at_1": "", "ends_at_0": "", "ends_at_1": "", "jitter_s": "0",
        "catch_up": "once", "timeout_s": "60", "retries": "0", "on_error": "", "alert_after": "3",
        "keep_runs": "200",
    }  # fmt: skip
    form = values | changes
    return {name: value for name, value in form.items() if value is not None}


def _errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, "it was saved"
    return dict(answer.context["adminform"].form.errors)


def test_the_list_says_what_runs_when_and_how_it_went(job: Job, boss: Client) -> None:
    make_run(job, minutes_ago=5, state=State.FAILED)
    make_run(job, minutes_ago=1)
    Job.objects.update(last_state=State.FAILED, last_run_at=timezone.now(), failures_in_row=1)
    text = boss.get(LIST).content.decode()
    assert "every hour" in text
    assert '<span class="smallweb-state smallweb-failed">failed</span>' in text
    assert 'aria-label="last 2 runs: 1 failed, 1 successful"' in text
    assert 'class="smallweb-bar-failed"' in text
    assert "3 min" in text  # the mean of five and one


def test_the_list_takes_as_many_queries_for_a_hundred_jobs_as_for_one(
    page: Page, boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        job = make_job(page, name=f"job {number}")
        make_run(job)
    with django_assert_max_num_queries(12):
        text = boss.get(LIST).content.decode()
    assert text.count('class="smallweb-bar"') == 100


def test_the_bar_of_the_list_is_of_the_last_thirty_runs(job: Job, boss: Client) -> None:
    for number in range(35):
        make_run(job, minutes_ago=number + 1)
    assert boss.get(LIST).content.decode().count("<rect") == 30


@pytest.mark.parametrize(
    ("changes", "page_changes", "words"),
    [({"enabled": False}, {}, "paused"), ({}, {"enabled": False}, "the page is paused")],
)
def test_the_list_says_why_a_job_does_not_run(
    changes: dict[str, Any], page_changes: dict[str, Any], words: str, job: Job, boss: Client
) -> None:
    Job.objects.update(**changes or {"enabled": True})
    Page.objects.update(**page_changes or {"enabled": True})
    assert f">{words}<" in boss.get(LIST).content.decode()


def test_a_job_that_a_window_puts_off_shows_when_it_is_looked_at(job: Job, boss: Client) -> None:
    Job.objects.update(wake_at=timezone.now() + timedelta(hours=7))
    text = boss.get(LIST).content.decode()
    assert "in 7 h" in text
    assert "put off" in text


def test_a_schedule_that_cannot_be_read_is_shown_as_its_error(job: Job, boss: Client) -> None:
    Job.objects.update(every="soon")
    assert "soon" in boss.get(LIST).content.decode()
    assert boss.get(_url(job)).status_code == 200


@pytest.mark.parametrize(
    "query", ["?q=weather", "?enabled__exact=1", "?last_state__exact=FAILED", "?kind__exact=text"]
)
def test_the_list_can_be_searched_and_filtered(query: str, job: Job, boss: Client) -> None:
    Job.objects.update(last_state=State.FAILED)
    assert job.name in boss.get(LIST + query).content.decode()


def test_a_job_whose_code_is_gone_is_marked(job: Job, boss: Client) -> None:
    job.follow_code({"every": "1h"})
    job.in_code = False
    job.save()
    assert "code is gone" in boss.get(LIST).content.decode()


def test_a_new_job_is_named_after_its_tag_and_its_schedule_begins(page: Page, boss: Client) -> None:
    assert boss.post(ADD, _form(page)).status_code == 302
    job = Job.objects.get()
    assert job.name == "index.html#weather"
    assert job.next_due is not None
    assert timezone.now() - job.next_due < timedelta(minutes=1)
    assert not job.in_code


def test_the_form_begins_with_what_the_link_of_a_tag_says(page: Page, boss: Client) -> None:
    form = boss.get(f"{ADD}?page={page.pk}&tag_id=weather").context["adminform"].form
    assert form.initial == {"page": str(page.pk), "tag_id": "weather"}


def test_each_half_of_a_moment_has_a_label(page: Page, boss: Client) -> None:
    text = boss.get(ADD).content.decode()
    for label in ("starts at: date", "starts at: time", "ends at: date", "ends at: time"):
        assert f'aria-label="{label}"' in text


def test_a_function_with_annotations_that_only_a_type_checker_reads_is_shown_too(
    page: Page, boss: Client
) -> None:
    def odd(size: Unknown) -> str:  # type: ignore[name-defined]  # noqa: F821
        return ""

    with functions.temporarily(FunctionEntry(name="host.odd", function=odd)):
        assert "odd(size: &#x27;Unknown&#x27;)" in boss.get(ADD).content.decode()


def test_functions_are_chosen_with_their_signature_and_summary(page: Page, boss: Client) -> None:
    text = boss.get(ADD).content.decode()
    assert "greet(name: str = &#x27;you&#x27;) \N{EM DASH} Say hello to someone." in text
    assert '<select name="function"' in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"function": "os.system"}, "function"),
        ({"function": ""}, "function"),
        ({"kwargs": '{"nmae": "x"}'}, "kwargs"),
        ({"kwargs": '{"name": 5}'}, "kwargs"),
        ({"kwargs": "[1]"}, "kwargs"),
        ({"kwargs": "{"}, "kwargs"),
        ({"every": "soon"}, "every"),
        ({"every": "", "cron": "61 * * * *"}, "cron"),
        ({"every": ""}, "every"),
        ({"every": "1m", "cron": "* * * * *"}, "cron"),
        ({"time_zone": "Mars/Base"}, "every"),
        ({"tag_id": " "}, "tag_id"),
        ({"kind": "attribute", "attribute": "onclick"}, "attribute"),
        ({"timeout_s": "0"}, "timeout_s"),
        ({"page": "999999"}, "page"),
    ],
)
def test_what_would_fail_at_every_run_is_refused(
    changes: dict[str, Any], field: str, page: Page, boss: Client
) -> None:
    assert field in _errors(boss.post(ADD, _form(page, **changes)))
    assert not Job.objects.exists()


def test_a_second_job_of_one_tag_needs_a_name_of_its_own(job: Job, page: Page, boss: Client) -> None:
    assert "name" in _errors(boss.post(ADD, _form(page)))
    assert boss.post(ADD, _form(page, name="the second")).status_code == 302


def test_a_function_that_is_gone_stays_shown_but_cannot_be_saved(job: Job, page: Page, boss: Client) -> None:
    Job.objects.update(function="old.thing")
    assert "old.thing (not in code)" in boss.get(_url(job)).content.decode()
    assert "function" in _errors(boss.post(_url(job), _form(page, function="old.thing")))


def test_a_changed_schedule_begins_anew_and_another_edit_does_not(job: Job, page: Page, boss: Client) -> None:
    due = job.next_due
    boss.post(_url(job), _form(page, every="1h", timeout_s="5"))
    job.refresh_from_db()
    assert (job.timeout_s, job.next_due) == (5.0, due)
    boss.post(_url(job), _form(page, every="", cron="0 4 * * *", timeout_s="5"))
    job.refresh_from_db()
    assert job.cron == "0 4 * * *"
    assert job.next_due is not None
    assert (job.next_due.hour, job.next_due > timezone.now()) == (4, True)


def test_the_box_pauses_and_resumes_without_catching_up(job: Job, page: Page, boss: Client) -> None:
    boss.post(_url(job), _form(page, every="1h", enabled=None))
    assert not Job.objects.get().enabled
    Job.objects.update(next_due=timezone.now() - timedelta(days=3), wake_at=None)
    boss.post(_url(job), _form(page, every="1h"))
    job.refresh_from_db()
    assert job.enabled
    assert job.next_due is not None
    assert job.next_due > timezone.now()


def test_the_box_takes_the_permission_to_pause(job: Job, page: Page, staff: Callable[..., Client]) -> None:
    client = staff("view_job", "change_job", "view_page")
    client.post(_url(job), _form(page, every="1h", enabled=None, retries="2"))
    job.refresh_from_db()
    assert (job.enabled, job.retries) == (True, 2)


def test_saving_leaves_alone_what_a_worker_wrote_meanwhile(job: Job, page: Page, boss: Client) -> None:
    form = _form(page, every="1h", retries="1")
    Job.objects.update(last_value="fresh", failures_in_row=7)
    boss.post(_url(job), form)
    job.refresh_from_db()
    assert (job.retries, job.last_value, job.failures_in_row) == (1, "fresh", 7)


def test_saving_without_an_edit_writes_nothing(job: Job, page: Page, boss: Client) -> None:
    due = job.next_due
    form = _form(page, every="1h", name=job.name) | {"initial-kwargs": "{}"}
    assert boss.post(_url(job), form).status_code == 302
    job.refresh_from_db()
    assert job.next_due == due
    assert "No fields changed" in LogEntry.objects.get().get_change_message()


def test_the_name_of_a_job_of_the_code_is_not_edited(job: Job, page: Page, boss: Client) -> None:
    job.follow_code({"every": "1h"})
    job.save()
    boss.post(_url(job), _form(page, every="2h", name="mine"))
    job.refresh_from_db()
    assert (job.name, job.every) == ("index.html#weather", "2h")


def test_the_form_shows_the_present(job: Job, boss: Client) -> None:
    job.follow_code({"every": "5m"})
    job.every = "1h"
    job.last_value = "<b>hot</b>"
    job.save()
    run = make_run(job, state=State.FAILED, error="no <weather>", traceback="Traceback: <here>")
    text = boss.get(_url(job)).content.decode()
    assert "&lt;b&gt;hot&lt;/b&gt;" in text
    assert "<td>1h</td><td>5m</td>" in text
    assert f'<details id="run-{run.pk}"><summary>no &lt;weather&gt;</summary>' in text
    assert text.count("<li><time") == 5


def test_the_form_lists_the_last_twenty_runs(job: Job, boss: Client) -> None:
    for number in range(25):
        make_run(job, minutes_ago=number + 1)
    assert boss.get(_url(job)).content.decode().count("/jobrun/") >= 20
    assert boss.get(_url(job)).content.decode().count('href="/admin/smallweb_periodic/jobrun/') == 20 + 1


def test_a_job_without_a_next_run_says_so(job: Job, boss: Client) -> None:
    past = timezone.now() - timedelta(days=1)
    Job.objects.update(ends_at=past, next_due=None, wake_at=None)
    assert "No more." in boss.get(_url(job)).content.decode()


def test_run_now_queues_a_run(job: Job, boss: Client) -> None:
    boss.post(_do(job, "run_now"))
    run = JobRun.objects.get()
    assert (run.job, run.trigger, run.state) == (job, "manual", State.READY)
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == f"run now: Run {run.pk} of index.html#weather is queued."


def test_pause_and_resume(job: Job, boss: Client) -> None:
    boss.post(_do(job, "pause"))
    job.refresh_from_db()
    assert not job.enabled
    boss.post(_do(job, "resume"))
    job.refresh_from_db()
    assert job.enabled


def test_skip_leaves_out_one_due_time(job: Job, boss: Client) -> None:
    due = job.next_due
    boss.post(_do(job, "skip_next"))
    job.refresh_from_db()
    assert due is not None
    assert job.next_due is not None
    assert due < job.next_due <= due + timedelta(hours=1)


def test_nothing_to_skip_is_answered_and_not_logged(job: Job, boss: Client) -> None:
    Job.objects.update(next_due=None)
    answer = boss.post(_do(job, "skip_next"), follow=True)
    assert "has no next run to skip" in answer.content.decode()
    assert not LogEntry.objects.exists()


def test_a_clone_is_paused_and_shown(job: Job, boss: Client) -> None:
    answer = boss.post(_do(job, "clone"))
    copy = Job.objects.exclude(pk=job.pk).get()
    assert answer["Location"] == _url(copy)
    assert not copy.enabled


def test_the_last_failed_run_is_retried(job: Job, failed_run: JobRun, boss: Client) -> None:
    make_run(job, minutes_ago=0.5)
    boss.post(_do(job, "retry_failed"))
    assert JobRun.objects.filter(state=State.READY, trigger="manual").count() == 1


def test_without_a_failed_run_there_is_nothing_to_retry(job: Job, boss: Client) -> None:
    answer = boss.post(_do(job, "retry_failed"), follow=True)
    assert "has no failed run to retry" in answer.content.decode()


def test_reset_gives_the_codes_values_back(job: Job, boss: Client) -> None:
    job.follow_code({"every": "5m", "retries": 0})
    job.retries = 4
    job.every = "9m"
    job.save()
    boss.post(_do(job, "reset"))
    job.refresh_from_db()
    assert (job.every, job.retries) == ("5m", 0)
    assert "every, retries" in LogEntry.objects.get().get_change_message()


def test_a_job_of_the_admin_has_no_code_to_go_back_to(job: Job, boss: Client) -> None:
    answer = boss.post(_do(job, "reset"), follow=True)
    assert "has no code to go back to" in answer.content.decode()


def test_an_action_does_what_it_can_and_names_what_refused(page: Page, job: Job, boss: Client) -> None:
    others = [make_job(page, name=f"done {number}", next_due=None) for number in range(7)]
    form = {"action": "skip_next", "_selected_action": [job.pk, *(other.pk for other in others)], "index": 0}
    text = boss.post(LIST, form, follow=True).content.decode()
    assert "Skip next: 1 row." in text
    assert text.count("has no next run to skip") == 5
    assert "7 rows refused" in text
    assert LogEntry.objects.count() == 1


def test_an_action_that_all_rows_refuse_reports_no_success(job: Job, boss: Client) -> None:
    Job.objects.update(next_due=None)
    form = {"action": "skip_next", "_selected_action": [job.pk], "index": 0}
    text = boss.post(LIST, form, follow=True).content.decode()
    assert "has no next run to skip" in text
    assert "0 row" not in text.split("messagelist")[1].split("</ul>")[0]


def test_an_action_takes_at_most_a_hundred_rows(page: Page, boss: Client) -> None:
    jobs = [make_job(page, name=f"job {number}") for number in range(101)]
    form = {"action": "pause", "_selected_action": [job.pk for job in jobs], "index": 0, "select_across": 1}
    text = boss.post(LIST, form, follow=True).content.decode()
    assert "at most 100 rows" in text
    assert Job.objects.filter(enabled=False).count() == 0
    assert not LogEntry.objects.exists()
