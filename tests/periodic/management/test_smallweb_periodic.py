from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.services.claim_runs import claim_runs
from tests.periodic.conftest import NOW, MakeJob, runs_of, seconds

pytestmark = pytest.mark.django_db(transaction=True)

Manage = Callable[..., tuple[str, str]]


@pytest.fixture
def manage(capsys: pytest.CaptureFixture[str]) -> Manage:
    def run(*words: str) -> tuple[str, str]:
        call_command("smallweb_periodic", *words)
        return capsys.readouterr()

    return run


def test_what_is_due_runs_without_a_worker(make_job: MakeJob, manage: Manage, site: Path) -> None:
    make_job("a")
    make_job("b", wake_at=timezone.now() + seconds(600))
    out, _ = manage("run", "--due")
    assert out == "1 jobs done, 0 failed\n"
    assert "hello" in (site / "index.html").read_text()
    assert manage("run", "--due")[0] == "0 jobs done, 0 failed\n"


def test_every_missed_time_is_caught_up_in_one_go(make_job: MakeJob, manage: Manage) -> None:
    start = timezone.now() - seconds(35)
    make_job("a", catch_up="all", anchored_at=start, next_due=start, wake_at=start)
    assert manage("run", "--due")[0] == "4 jobs done, 0 failed\n"


def test_what_a_killed_run_left_is_taken_up(make_job: MakeJob, page: Page, manage: Manage) -> None:
    job = make_job("a", every="1d")
    claim_runs(page.pk, now=NOW)
    manage("run", "--due")
    first, *_ = runs_of(job)
    assert (first.state, first.attempt) == (State.SUCCESSFUL, 2)


@pytest.mark.parametrize("enabled", [True, False])
def test_one_job_runs_by_name_due_or_not(make_job: MakeJob, manage: Manage, enabled: bool) -> None:
    job = make_job("a", enabled=enabled, next_due=None, wake_at=None)
    manage("run", "--job", job.name)
    (run,) = runs_of(job)
    assert (run.trigger, run.state) == ("manual", State.SUCCESSFUL)


def test_all_enabled_jobs_run(make_job: MakeJob, manage: Manage) -> None:
    make_job("a", next_due=None, wake_at=None)
    make_job("b", enabled=False)
    assert manage("run", "--all")[0] == "1 jobs done, 0 failed\n"


def test_a_job_that_runs_already_is_left_out(make_job: MakeJob, page: Page, manage: Manage) -> None:
    job = make_job("a")
    JobRun.objects.filter(pk=claim_runs(page.pk, now=NOW).runs[0].pk).update(lease_expires_at=timezone.now())
    out, err = manage("run", "--job", job.name)
    assert (out, err) == ("0 jobs done, 0 failed\n", f"{job.name}: left out, it is running already\n")


def test_a_failure_is_told_by_the_exit_code(
    make_job: MakeJob, manage: Manage, capsys: pytest.CaptureFixture[str]
) -> None:
    make_job("a", "raise_error")
    make_job("b")
    with pytest.raises(CommandError) as caught:
        manage("run", "--due")
    assert caught.value.returncode == 3
    out, err = capsys.readouterr()
    assert out == "1 jobs done, 1 failed\n"
    assert err == "index.html#a: ValueError: the sensor is off\n"


def test_a_dry_run_shows_the_difference_and_changes_nothing(
    make_job: MakeJob, manage: Manage, site: Path
) -> None:
    make_job("a")
    make_job("b", "raise_error")
    before = (site / "index.html").read_bytes()
    out, err = manage("run", "--all", "--dry-run")
    assert "--- index.html (now)" in out
    assert '-<p id="a">old a</p>' in out
    assert '+<p id="a">hello</p>' in out
    assert err == "index.html#b: ValueError: the sensor is off\n"
    assert (site / "index.html").read_bytes() == before
    assert not JobRun.objects.exists()
    Page.objects.update(allow_partial=False)
    assert manage("run", "--due", "--dry-run")[0] == "index.html: nothing would change\n"


def test_a_dry_run_of_a_missing_page_says_so(make_job: MakeJob, manage: Manage, site: Path) -> None:
    (site / "index.html").unlink()
    make_job("a")
    out, err = manage("run", "--all", "--dry-run")
    assert out == "index.html: nothing would change\n"
    assert "does not exist" in err


def test_a_dry_run_of_a_page_in_another_encoding_says_so(
    make_job: MakeJob, manage: Manage, site: Path
) -> None:
    (site / "index.html").write_text('<p id="a">old</p>', encoding="utf-16")
    make_job("a")
    out, err = manage("run", "--all", "--dry-run")
    assert out == "index.html: nothing would change\n"
    assert "index.html: The page is in UTF-16" in err


def test_jobs_are_listed(make_job: MakeJob, manage: Manage) -> None:
    make_job("a", last_state="FAILED")
    make_job("b", enabled=False)
    make_job("bar", next_due=None, cron="0 9 * * *")
    lines = [line.split() for line in manage("list")[0].splitlines()]
    assert lines == [
        ["index.html#a", "10s", "2026-01-01", "12:00:00Z", "FAILED"],
        ["index.html#b", "10s", "paused"],
        ["index.html#bar", "0", "9", "*", "*", "*", "never"],
    ]


def test_jobs_are_paused_and_resumed(make_job: MakeJob, manage: Manage) -> None:
    job = make_job("a")
    assert manage("pause", job.name)[0] == "index.html#a: paused\n"
    assert not Job.objects.get().enabled
    manage("resume", job.name)
    resumed = Job.objects.get()
    assert resumed.enabled
    assert resumed.next_due is not None
    assert timezone.now() < resumed.next_due <= timezone.now() + seconds(10)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run"],
        ["run", "--due", "--all"],
        ["run", "--job"],
        ["pause"],
        ["explode"],
        ["run", "--job", "nobody"],
        ["resume", "index.html#a", "nobody"],
    ],
)
def test_wrong_words_are_refused(make_job: MakeJob, manage: Manage, words: list[str]) -> None:
    make_job("a", enabled=False)
    with pytest.raises(CommandError) as caught:
        manage(*words)
    if "nobody" in words:
        assert "No job is called nobody" in str(caught.value)
    assert not Job.objects.get().enabled
