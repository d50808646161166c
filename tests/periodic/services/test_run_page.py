from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.invoke import worker_host
from smallweb.core.models import State
from smallweb.core.models.execution import MAX_INTERRUPTIONS
from smallweb.periodic.html import page_encoding
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.services import run_page as run_page_module
from smallweb.periodic.services.claim_runs import Claim, claim_runs
from smallweb.periodic.services.recover_runs import recover_runs
from smallweb.periodic.services.run_page import LeaseLost, run_claim, run_jobs, run_page
from smallweb.periodic.signals import job_alert, job_ran
from tests.periodic.conftest import NOW, MakeJob, function_name, runs_of, seconds

pytestmark = pytest.mark.django_db(transaction=True)

FAILING = {
    "raise_error": "ValueError: the sensor is off",
    "raise_odd_text": "ValueError: NUL \ufffd and surrogate \ufffd",
    "raise_broken_text": "BrokenText",
    "exit_python": "It called sys.exit('enough').",
    "interrupt": "KeyboardInterrupt: ",
    "recurse": "RecursionError: maximum recursion depth exceeded",
    "loop": "It ran longer than its timeout of 0.3 s.",
    "sleep": "It ran longer than its timeout of 0.3 s.",
    "sleep_async": "It ran longer than its timeout of 0.3 s.",
    "swallow_everything": "It ran longer than its timeout of 0.3 s and could not be interrupted; "
    "its process was killed.",
    "hang_in_c": "It ran longer than its timeout of 0.3 s and could not be interrupted; "
    "its process was killed.",
    "exit_hard": "It ended its process: exit status 3.",
    "kill_itself": "It ended its process: killed by SIGKILL.",
    "crash": "It ended its process: killed by SIGSEGV.",
    "say_nothing": "The function returned None (NoneType); return a str.",
    "answer": "The function returned 42 (int); return a str.",
    "generate": "The function returned <generator object generate",
    "give_unsendable": "The function returned <object object",
    "say_much": "The function returned 2097152 bytes; a value may have 1048576.",
    "paint": "The function returned {'width': '50%'} (dict); return a str.",
}


def _text(site: Path, tag_id: str) -> str:
    return (site / "index.html").read_text().partition(f'id="{tag_id}">')[2].partition("<")[0]


def test_values_go_into_the_page_in_one_pass(make_job: MakeJob, page: Page, site: Path) -> None:
    first = make_job("a", kwargs={"text": "1 < 2"})
    make_job("b", "say_later", kwargs={"text": "later"})
    make_job("bar", "paint", kind="style")
    runs = run_page(page.pk)
    assert [run.state for run in runs] == [State.SUCCESSFUL] * 3
    assert all(run.page_changed for run in runs)
    assert (_text(site, "a"), _text(site, "b")) == ("1 &lt; 2", "later")
    assert "width: 50%" in (site / "index.html").read_text()
    first.refresh_from_db()
    page.refresh_from_db()
    assert (first.last_value, first.last_state, page.writes) == ("1 < 2", State.SUCCESSFUL, 1)


def test_what_is_not_there_or_not_due_is_no_work(page: Page) -> None:
    assert run_page(page.pk) == []
    assert run_page(98765) == []


def test_each_way_to_fail_fails_its_run_only(make_job: MakeJob, page: Page, site: Path) -> None:
    (site / "index.html").write_text("".join(f'<p id="{name}">old</p>\n' for name in [*FAILING, "z"]))
    for name in FAILING:
        make_job(name, name, timeout_s=0.3 if "timeout of" in FAILING[name] else 30)
    make_job("z")
    runs = {run.job.tag_id: run for run in run_page(page.pk)}
    assert runs["z"].state == State.SUCCESSFUL
    assert _text(site, "z") == "hello"
    for name, error in FAILING.items():
        stored = JobRun.objects.get(pk=runs[name].pk)
        assert (name, stored.state) == (name, State.FAILED)
        assert stored.error.startswith(error), (name, stored.error)
        assert _text(site, name) == "old"
        stored.job.refresh_from_db()
        assert (stored.job.failures_in_row, stored.job.last_state) == (1, State.FAILED)


@pytest.mark.parametrize(
    "fields",
    [
        {"function": "os.system"},
        {"kwargs": [1]},
        {"kwargs": {"text": 10**30}},
        {"kwargs": {"nothing": 1}},
        {"timeout_s": -1},
        {"kind": "attribute", "attribute": "onclick"},
        {"tag_id": "nowhere"},
    ],
)
def test_a_row_that_makes_no_sense_fails_alone(
    make_job: MakeJob, page: Page, site: Path, fields: dict[str, Any]
) -> None:
    broken = make_job("a")
    Job.objects.filter(pk=broken.pk).update(**fields)
    make_job("b")
    states = {run.job_id == broken.pk: run.state for run in run_page(page.pk)}
    assert states == {True: State.FAILED, False: State.SUCCESSFUL}
    assert _text(site, "b") == "hello"


def test_the_function_hears_of_its_run(make_job: MakeJob, page: Page) -> None:
    job = make_job("a", "tell_context", name="teller", last_value="x")
    run_page(page.pk)
    job.refresh_from_db()
    assert job.last_value == "teller 1 'x'"


def test_a_page_that_takes_all_or_none_is_not_touched_by_half_a_pass(
    make_job: MakeJob, page: Page, site: Path
) -> None:
    Page.objects.update(allow_partial=False)
    before = (site / "index.html").read_bytes()
    make_job("a", on_error="never shown")
    make_job("b", "raise_error", on_error="not shown either", name="failing")
    errors = {run.job.tag_id: run.error for run in run_page(page.pk)}
    assert errors["b"] == "ValueError: the sensor is off"
    assert errors["a"] == "Not written: failing failed, and the page takes all or none."
    assert (site / "index.html").read_bytes() == before


def test_a_refused_edit_counts_where_the_page_takes_all_or_none(
    make_job: MakeJob, page: Page, site: Path
) -> None:
    Page.objects.update(allow_partial=False)
    before = (site / "index.html").read_bytes()
    make_job("a")
    make_job("nowhere")
    assert {run.state for run in run_page(page.pk)} == {State.FAILED}
    assert (site / "index.html").read_bytes() == before


def test_on_error_is_shown_and_the_reason_kept(make_job: MakeJob, page: Page, site: Path) -> None:
    job = make_job("a", "raise_error", on_error="sorry")
    make_job("nowhere", "raise_error", on_error="x")
    first, second = run_page(page.pk)
    assert _text(site, "a") == "sorry"
    assert first.error == second.error == "ValueError: the sensor is off"
    job.refresh_from_db()
    assert job.last_value == ""


def test_a_missing_page_fails_the_runs_with_the_reason(make_job: MakeJob, page: Page, site: Path) -> None:
    (site / "index.html").unlink()
    make_job()
    (run,) = run_page(page.pk)
    page.refresh_from_db()
    assert run.state == State.FAILED
    assert "does not exist" in run.error
    assert page.last_error == run.error


def test_a_page_outside_of_every_site_fails_the_runs(make_job: MakeJob, page: Page, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SITES": {}}
    make_job()
    (run,) = run_page(page.pk)
    assert run.state == State.FAILED
    assert "No site folder holds 'index.html'" in run.error


def test_a_page_that_is_too_large_fails_the_runs(
    make_job: MakeJob, page: Page, site: Path, settings: Any
) -> None:
    settings.SMALLWEB_PERIODIC = {"MAX_PAGE_BYTES": 10}
    make_job()
    (run,) = run_page(page.pk)
    assert "may have 10" in run.error
    assert _text(site, "a") == "old a"


def test_the_last_error_of_a_page_goes_with_the_next_good_pass(make_job: MakeJob, page: Page) -> None:
    Page.objects.update(last_error="no room")
    make_job()
    run_page(page.pk)
    page.refresh_from_db()
    assert page.last_error == ""


def test_nothing_is_written_when_nothing_changed(make_job: MakeJob, page: Page, site: Path) -> None:
    make_job("a", kwargs={"text": "old a"})
    before = (site / "index.html").stat()
    (run,) = run_page(page.pk)
    after = (site / "index.html").stat()
    assert (run.state, run.page_changed) == (State.SUCCESSFUL, False)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_the_whole_page_is_rewritten_where_it_says_so(make_job: MakeJob, page: Page, site: Path) -> None:
    Page.objects.update(mode="rewrite")
    (site / "index.html").write_text("<p id=a>old<p id=b>old")
    make_job("a")
    run_page(page.pk)
    text = (site / "index.html").read_text()
    assert "hello" in text
    assert text != "<p id=a>hello<p id=b>old"
    assert page_encoding(text.encode())


def test_retries_come_with_growing_pauses_and_then_it_is_failed(
    make_job: MakeJob, page: Page, site: Path
) -> None:
    job = make_job("a", "raise_error", retries=2, on_error="sorry")
    pauses = []
    (run,) = run_page(page.pk)
    for _ in range(2):
        run.refresh_from_db()
        assert (run.state, run.error) == (State.READY, "ValueError: the sensor is off")
        assert _text(site, "a") == "old a"
        assert run.started_at is not None
        pauses.append(round((run.run_after - run.started_at).total_seconds()))
        JobRun.objects.update(run_after=NOW.replace(year=2020))
        run_page(page.pk)
    run.refresh_from_db()
    job.refresh_from_db()
    assert pauses == [5, 10]
    assert (run.state, run.attempt, job.failures_in_row) == (State.FAILED, 3, 1)
    assert _text(site, "a") == "sorry"


def test_a_retry_that_does_well_is_successful(make_job: MakeJob, page: Page, site: Path) -> None:
    make_job("a", "fail_until_attempt", retries=1)
    run_page(page.pk)
    JobRun.objects.update(run_after=NOW.replace(year=2020))
    (run,) = run_page(page.pk)
    assert (run.state, run.error, run.traceback) == (State.SUCCESSFUL, "", "")
    assert _text(site, "a") == "attempt 2"


def test_an_alert_comes_once_a_series(make_job: MakeJob, page: Page, settings: Any, mailoutbox: Any) -> None:
    settings.ADMINS = [("Ann", "ann@example.org")]
    job = make_job("a", "raise_error", alert_after=2)
    for _ in range(4):
        run_jobs([job])
    (mail,) = mailoutbox
    assert "failed 2 times in a row" in mail.subject
    assert "the sensor is off" in mail.body
    Job.objects.update(function=function_name("say"))
    run_jobs([job])
    job.refresh_from_db()
    assert job.failures_in_row == 0


def test_what_a_receiver_raises_harms_nothing(make_job: MakeJob, page: Page, caplog: Any) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("receiver")

    job_ran.connect(fail)
    job_alert.connect(fail)
    try:
        make_job("a", "raise_error", alert_after=1)
        (run,) = run_page(page.pk)
    finally:
        job_ran.disconnect(fail)
        job_alert.disconnect(fail)
    assert JobRun.objects.get(pk=run.pk).state == State.FAILED


def test_a_dead_workers_runs_are_given_back_and_its_own_late_results_dropped(
    make_job: MakeJob, page: Page, site: Path
) -> None:
    job = make_job()
    stale = claim_runs(page.pk, now=NOW)
    assert recover_runs(NOW + seconds(29)) == 0
    assert recover_runs(NOW + seconds(31)) == 1
    (again,) = claim_runs(page.pk, now=NOW + seconds(31)).runs
    assert again.attempt == 2
    run_claim(stale)
    (stored,) = runs_of(job)
    assert (stored.state, stored.lease) == (State.RUNNING, again.lease)


def test_a_pass_that_lost_its_lease_touches_no_page(
    make_job: MakeJob, page: Page, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job()
    stale = claim_runs(page.pk, now=NOW)
    recover_runs(NOW + seconds(31))
    monkeypatch.setattr(run_page_module.Heartbeat, "every_s", 0)
    assert run_claim(stale) == []
    assert _text(site, "a") == "old a"


def test_a_lease_is_renewed_while_functions_run(make_job: MakeJob, page: Page) -> None:
    make_job()
    claim = claim_runs(page.pk, now=NOW)
    heartbeat = run_page_module.Heartbeat(claim)
    heartbeat()
    assert runs_of(claim.runs[0].job)[0].lease_expires_at == NOW + seconds(30)
    heartbeat.every_s = 0
    heartbeat()
    assert runs_of(claim.runs[0].job)[0].lease_expires_at != NOW + seconds(30)
    with pytest.raises(LeaseLost):
        other = run_page_module.Heartbeat(Claim(page, claim.runs))
        other.every_s = 0
        other()


def test_a_dead_process_trees_runs_are_given_back_at_once(make_job: MakeJob, page: Page) -> None:
    make_job()
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert run.holder is not None
    assert recover_runs(NOW, run.holder) == 1
    run.refresh_from_db()
    assert run.state == State.READY
    assert run.lease is None
    assert "worker died" in run.error


def test_a_run_that_kills_its_worker_again_and_again_is_lost_and_told(
    make_job: MakeJob, page: Page, mailoutbox: Any, settings: Any
) -> None:
    settings.ADMINS = [("Ann", "ann@example.org")]
    job = make_job(alert_after=1, retries=1)
    now = NOW
    for attempt in range(1, MAX_INTERRUPTIONS + 1):
        (run,) = claim_runs(page.pk, now=now).runs
        assert run.attempt == attempt
        recover_runs(now + seconds(31))
        now += seconds(200)
    job.refresh_from_db()
    run.refresh_from_db()
    assert run.state == job.last_state == State.LOST
    assert run.finished_at == now - seconds(169)
    assert len(mailoutbox) == 1


def test_a_fault_of_ours_in_the_write_is_recorded(
    make_job: MakeJob, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smallweb.periodic.services import write_values

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RecursionError("deep")

    monkeypatch.setattr(write_values, "apply_edits", fail)
    make_job()
    (run,) = run_page(page.pk)
    assert (run.state, run.error) == (State.FAILED, "RecursionError: deep")


def test_the_same_child_serves_the_next_pass(make_job: MakeJob, page: Page) -> None:
    job = make_job("a", "say")
    (first,) = run_jobs([job])
    child = worker_host._child
    (second,) = run_jobs([job])
    assert first.pk != second.pk
    assert child is not None
    assert worker_host._child is child
    assert child.pid != os.getpid()
