"""A site with one page, and jobs on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from pytest_django import Settings

from smallweb.periodic.models import Job, JobRun, Page

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
HTML = """<!doctype html>
<title>Weather</title>
<p id="a">old a</p>
<p id="b">old b</p>
<progress id="bar" value="0" style="color: red"></progress>
"""

MakeJob = Callable[..., Job]


class ReadPage(Protocol):
    def __call__(self) -> str: ...


@pytest.fixture
def site(tmp_path: Path, settings: Settings) -> Path:
    """Return the folder of the only site; it holds index.html."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(HTML)
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SITES": {"": folder}, "FSYNC": False}
    return folder


@pytest.fixture
def page(site: Path) -> Page:
    return Page.objects.create(name="index.html")


@pytest.fixture
def make_job(page: Page) -> MakeJob:
    """Make a job that was due at NOW: ``make_job("a", "say", kwargs={"text": "x"})``."""

    def make(tag_id: str = "a", function: str = "say", **fields: Any) -> Job:
        values: dict[str, Any] = {
            "name": f"index.html#{tag_id}",
            "page": page,
            "tag_id": tag_id,
            "function": function_name(function),
            "every": "" if fields.get("cron") else "10s",
            "anchored_at": NOW,
            "next_due": NOW,
            "wake_at": NOW,
        }
        return Job.objects.create(**{**values, **fields})

    return make


def function_name(name: str) -> str:
    """Return the registered name of one of the host's functions."""
    from tests.host import backend

    module = "tests.host.backend" if name in vars(backend) else "tests.core.invoke.functions"
    return f"{module}.{name}"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def runs_of(job: Job) -> list[JobRun]:
    return list(JobRun.objects.filter(job=job).order_by("due_at", "pk"))
