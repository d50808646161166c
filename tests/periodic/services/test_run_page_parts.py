"""A pass that takes long is written in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.services import run_page as run_page_module
from smallweb.periodic.services.run_page import run_jobs, run_page
from smallweb.periodic.signals import job_ran
from tests.periodic.conftest import MakeJob

pytestmark = pytest.mark.django_db(transaction=True)


def _text(site: Path, tag_id: str) -> str:
    return (site / "index.html").read_text().partition(f'id="{tag_id}">')[2].partition("<")[0]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """Return which jobs have ended, and how many runs were running at that moment."""
    found: list[tuple[str, int]] = []

    def hear(job: Job, **kwargs: Any) -> None:
        found.append((job.tag_id, JobRun.objects.filter(state=State.RUNNING).count()))

    monkeypatch.setattr(run_page_module, "PART_S", 0.0)
    monkeypatch.setattr(run_page_module, "_slow_jobs", set())
    job_ran.connect(hear)
    yield found
    job_ran.disconnect(hear)


def test_a_slow_function_does_not_hold_up_what_the_others_gave(
    make_job: MakeJob, page: Page, site: Path, ended: list[tuple[str, int]]
) -> None:
    make_job("a")
    make_job("b", "sleep", timeout_s=0.3)
    assert [run.state for run in run_page(page.pk)] == [State.SUCCESSFUL, State.FAILED]
    assert ended == [("a", 1), ("b", 0)]
    assert _text(site, "a") == "hello"


def test_a_function_that_was_slow_is_called_after_the_others(
    make_job: MakeJob, page: Page, ended: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_page_module, "PART_S", 0.2)
    slow = make_job("a", "sleep", timeout_s=0.3)
    quick = make_job("b")
    run_jobs([slow, quick])
    run_jobs([slow, quick])
    assert [tag_id for tag_id, _ in ended] == ["a", "b", "b", "a"]


def test_a_page_that_takes_all_or_none_waits_for_a_slow_function(
    make_job: MakeJob, page: Page, site: Path, ended: list[tuple[str, int]]
) -> None:
    Page.objects.update(allow_partial=False)
    make_job("a")
    make_job("b", "sleep", timeout_s=0.3)
    run_page(page.pk)
    assert ended == [("a", 0), ("b", 0)]
    assert _text(site, "a") == "old a"
