from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from smallweb.core.exceptions import AlreadyRegistered
from smallweb.periodic import JobContext, job, job_function, page
from smallweb.periodic.checks import check_jobs, check_pages, check_settings
from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.job_rules import call_problem
from smallweb.periodic.models import Job, Page
from smallweb.periodic.registry import FunctionEntry, functions, jobs, pages
from smallweb.periodic.services.sync_jobs import sync_jobs


@pytest.fixture(autouse=True)
def _own_registries() -> Iterator[None]:
    with functions.temporarily(), jobs.temporarily(), pages.temporarily():
        yield


def _say() -> str:
    return "hello"


def _say_to(who: str, times: int = 1) -> str:
    return who * times


def test_a_job_has_a_name_and_the_settings_defaults(settings: Settings) -> None:
    settings.SMALLWEB_PERIODIC = {"TIMEOUT_S": 7, "CATCH_UP": "skip"}
    assert job("index.html", tag_id="a")(_say) is _say
    entry = jobs.get("index.html#a")
    assert entry.function == f"{__name__}._say"
    assert (entry.values["every"], entry.values["timeout_s"], entry.values["catch_up"]) == ("1m", 7, "skip")


def test_one_function_feeds_many_tags(settings: Settings) -> None:
    job("index.html", tag_id="a")(_say)
    job("other.html", tag_id="a", kind="style")(_say)
    job("other.html", tag_id="a", kind="attribute", attribute="title", cron="0 9 * * *")(_say)
    names = {entry.name for entry in jobs}
    assert {"index.html#a", "other.html#a@style", "other.html#a@title"} <= names
    with pytest.raises(AlreadyRegistered, match="index"):
        job("index.html", tag_id="a")(_say)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": "often"}, "often"),
        ({"every": "1m", "cron": "* * * * *"}, "give one of them"),
        ({"every": ""}, "''"),
    ],
)
def test_an_unreadable_interval_is_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ScheduleError, match=message):
        job("index.html", tag_id="a", **arguments)


def test_a_method_registers_once_and_what_has_no_name_is_refused() -> None:
    path = Path("x")
    job_function(path.as_posix)
    job_function(path.as_posix)
    with pytest.raises(TypeError, match="write a function with def"):
        job_function(functools.partial(_say))


def test_a_function_in_c_that_tells_nothing_is_taken_as_it_is() -> None:
    job_function(time.ctime)
    entry = functions.get("time.ctime")
    assert not entry.takes_context
    assert call_problem(entry, {"anything": 1}) == ""
    assert entry.summary


@pytest.mark.parametrize(
    ("kwargs", "problem"),
    [
        ({"who": "x"}, ""),
        ({"who": "x", "times": 2}, ""),
        ({}, "missing a required argument: 'who'"),
        ({"who": "x", "often": 1}, "often"),
        ({"who": 5}, "The argument 'who' is 5"),
        ({"who": "x", "context": 1}, "is given by the run itself"),
    ],
)
def test_arguments_are_held_against_the_function(kwargs: dict[str, Any], problem: str) -> None:
    found = call_problem(FunctionEntry(name="f", function=_say_to), kwargs)
    assert (problem in found) if problem else not found


def test_annotations_that_nobody_can_read_are_no_problem() -> None:
    def odd(a: NoSuchType) -> str:  # type: ignore[name-defined] # noqa: F821
        return str(a)

    def own(a: threading.Lock, context: JobContext) -> str:
        return str(a)

    assert call_problem(FunctionEntry(name="f", function=odd), {"a": 1}) == ""
    assert call_problem(FunctionEntry(name="f", function=own), {"a": 1}) == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"page": "../x.html"}, "is no page name"),
        ({"page": "/etc/passwd"}, "no site folder"),
        ({"cron": "61 * * * *"}, "61"),
        ({"time_zone": "Mars/Base"}, "Mars/Base"),
        ({"starts_at": datetime(2030, 1, 1)}, "no time zone"),  # noqa: DTZ001
        ({"kwargs": {"who": "x"}}, "kwargs: "),
        ({"kwargs": {"who": datetime(2030, 1, 1, tzinfo=UTC)}}, "give values that JSON knows"),
        ({"timeout_s": 0}, "timeout_s: Give more than 0"),
        ({"timeout_s": float("inf")}, "timeout_s: Give more than 0 to 31622400 seconds."),
        ({"timeout_s": 1e300}, "timeout_s: Give more than 0 to 31622400 seconds."),
        ({"jitter_s": 1e300}, "jitter_s: Give 0 to 31622400 seconds."),
        ({"jitter_s": -1}, "jitter_s: "),
        ({"retries": -1}, "retries: "),
        ({"keep_runs": -1}, "keep_runs: "),
        ({"catch_up": "never"}, "catch_up: "),
        ({"kind": "picture"}, "kind: "),
        ({"kind": "attribute", "attribute": "onclick"}, "attribute: "),
        ({"attribute": "title"}, "attribute: Only a job"),
        ({"kind": "style", "on_error": "red"}, "on_error: "),
        ({"tag_id": ""}, "tag_id: "),
        ({"name": "x" * 251}, "name: "),
    ],
)
def test_what_the_code_declares_is_checked_like_a_persons_row(
    site: Path, arguments: dict[str, Any], problem: str
) -> None:
    job(**{"page": "index.html", "tag_id": "a", **arguments})(_say)
    found = [error for error in check_jobs(None) if "._say" in error.msg]
    assert [error.id for error in found] == ["smallweb_periodic.E002"]
    assert problem in found[0].msg
    assert found[0].hint


def test_a_sound_job_passes_the_checks(site: Path) -> None:
    job(site / "index.html", tag_id="a", every=timedelta(seconds=5), timeout_s=3, retries=2)(_say)
    page("index.html", allow_partial=False)
    assert check_jobs(None) == check_pages(None) == check_settings(None) == []


def test_pages_and_settings_are_checked(site: Path, settings: Settings) -> None:
    page("../x.html")
    settings.SMALLWEB_PERIODIC = {"CATCH_UP": "never", "TIMEOUT_S": 0}
    assert [error.id for error in check_pages(None)] == ["smallweb_periodic.E003"]
    assert [error.id for error in check_settings(None)] == ["smallweb_periodic.E001"] * 2


@pytest.mark.django_db
def test_jobs_and_pages_become_rows_that_are_due(site: Path) -> None:
    job(site / "index.html", tag_id="a", every="10s")(_say)
    job("other.html", tag_id="b", cron="0 9 * * *")(_say)
    page("index.html", allow_partial=False)
    before = datetime.now(UTC) - timedelta(seconds=1)
    sync_jobs()
    now, later = Job.objects.get(tag_id="a"), Job.objects.get(tag_id="b")
    assert (now.page.name, now.page.allow_partial, later.page.allow_partial) == ("index.html", False, True)
    assert now.next_due is not None
    assert later.next_due is not None
    assert now.wake_at == now.next_due
    assert before <= now.next_due <= datetime.now(UTC) < later.next_due


@pytest.mark.django_db
def test_a_schedule_starts_anew_only_when_it_is_another(site: Path) -> None:
    with jobs.temporarily():
        job("index.html", tag_id="a", every="10s")(_say)
        sync_jobs()
    first = Job.objects.get()
    with jobs.temporarily():
        job("index.html", tag_id="a", every="10s", timeout_s=5)(_say)
        sync_jobs()
    second = Job.objects.get()
    assert (second.timeout_s, second.next_due, second.anchored_at) == (5, first.next_due, first.anchored_at)
    with jobs.temporarily():
        job("index.html", tag_id="a", every="20s")(_say)
        sync_jobs()
    third = Job.objects.get()
    assert third.anchored_at >= second.anchored_at
    assert third.next_due == third.anchored_at


@pytest.mark.django_db
def test_what_a_page_is_no_longer_told_goes_back_to_the_default(site: Path) -> None:
    job("index.html", tag_id="a")(_say)
    with pages.temporarily():
        page("index.html", allow_partial=False, mode="rewrite")
        sync_jobs()
        assert not Page.objects.get().allow_partial
    sync_jobs()
    assert (Page.objects.get().allow_partial, Page.objects.get().mode) == (True, "splice")


@pytest.mark.django_db
def test_a_job_whose_code_has_gone_is_due_no_more_until_it_is_back(site: Path) -> None:
    with jobs.temporarily():
        job("index.html", tag_id="a", every="10s")(_say)
        sync_jobs()
    sync_jobs()
    gone = Job.objects.get()
    assert (gone.in_code, gone.enabled, gone.next_due, gone.wake_at) == (False, True, None, None)
    job("index.html", tag_id="a", every="10s")(_say)
    sync_jobs()
    back = Job.objects.get()
    assert back.in_code
    assert back.next_due is not None
    assert back.wake_at == back.next_due
