"""A site with one page, functions to choose from, and people with and without permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.registry import FunctionEntry, functions
from tests.people import boss, logged_in

__all__ = ["boss", "logged_in"]

HTML = """<!DOCTYPE html>
<html><body>
<p id="weather">rain</p>
<p id="twice">one</p><p id="twice">two</p>
<script id="code">let x;</script>
<template><b id="inner">t</b></template>
</body></html>
"""


def greet(name: str = "you") -> str:
    """Say hello to someone."""
    return f"<hello {name}>"


def fail() -> str:
    raise ValueError("no weather today")


@pytest.fixture
def site_folder(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(HTML)
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SITES": {"": folder}, "RUN_DIR": tmp_path / "run"}
    return folder


@pytest.fixture(autouse=True)
def known_functions() -> Iterator[None]:
    entries = [FunctionEntry(name=f"host.{f.__name__}", function=f) for f in (greet, fail)]
    with functions.temporarily(*entries):
        yield


@pytest.fixture
def page(db: None, site_folder: Path) -> Page:
    return Page.objects.create(name="index.html")


@pytest.fixture
def job(page: Page) -> Job:
    return make_job(page, name="index.html#weather")


@pytest.fixture
def failed_run(job: Job) -> JobRun:
    return make_run(job, state=State.FAILED, error="no <weather>", traceback="Traceback: <here>")


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """Return a function that logs in a new staff member with these permissions of periodic."""

    def log_in(*codenames: str) -> Client:
        user = User.objects.create_user(f"staff {User.objects.count()}", is_staff=True)
        found = Permission.objects.filter(content_type__app_label="smallweb_periodic", codename__in=codenames)
        assert len(found) == len(set(codenames)), codenames
        user.user_permissions.set(found)
        return logged_in(user)

    return log_in


def make_job(page: Page, **changes: Any) -> Job:
    now = timezone.now()
    values = {"tag_id": "weather", "function": "host.greet", "every": "1h", "next_due": now, "wake_at": now}
    return Job.objects.create(page=page, **{"name": "job", **values, **changes})


def make_run(job: Job, *, minutes_ago: float = 1, state: str = State.SUCCESSFUL, **values: Any) -> JobRun:
    """Return a run that began so long ago and ended just now."""
    due: datetime = timezone.now() - timedelta(minutes=minutes_ago)
    return JobRun.objects.create(
        job=job,
        due_at=due,
        run_after=due,
        started_at=due,
        finished_at=due + timedelta(minutes=minutes_ago),
        state=state,
        **values,
    )
