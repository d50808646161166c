from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from smallweb.periodic.models import Job, MaintenanceWindow, Page

LIST = "/admin/smallweb_periodic/maintenancewindow/"


def _form(**changes: str) -> dict[str, str]:
    empty = {
        "name": "rest", "enabled": "on", "starts_at_0": "", "starts_at_1": "", "ends_at_0": "",
        "ends_at_1": "", "weekdays": "", "start_time": "", "duration_s": "", "time_zone": "",
    }  # fmt: skip
    return empty | changes


WEEKLY = {"weekdays": "Sat,Sun", "start_time": "01:30", "duration_s": "7200", "time_zone": "Europe/Berlin"}
ONCE = {
    "starts_at_0": "2040-01-01", "starts_at_1": "10:00", "ends_at_0": "2040-01-01", "ends_at_1": "12:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (WEEKLY, "Sat,Sun 01:30 Europe/Berlin for 2 h"),
        (ONCE, "2040-01-01 10:00 \N{EN DASH} 2040-01-01 12:00"),
    ],
)
def test_windows_are_made_and_told_in_words(given: dict[str, str], words: str, boss: Client) -> None:
    assert boss.post(f"{LIST}add/", _form(**given)).status_code == 302
    text = boss.get(LIST).content.decode()
    assert words in text
    assert ">all<" in text


@pytest.mark.parametrize(
    "given", [{}, WEEKLY | ONCE, {**ONCE, "ends_at_0": "2039-01-01"}, {**WEEKLY, "weekdays": "Fooday"}]
)
def test_half_a_window_is_refused(given: dict[str, str], boss: Client) -> None:
    assert boss.post(f"{LIST}add/", _form(**given)).context["adminform"].form.errors
    assert not MaintenanceWindow.objects.exists()


@pytest.mark.parametrize("how", ["save", "delete", "delete_selected"])
def test_jobs_that_a_window_put_off_are_looked_at_when_it_goes(
    how: str, job: Job, page: Page, boss: Client
) -> None:
    window = MaintenanceWindow.objects.create(name="rest", weekdays="Sun", start_time="01:00", duration_s=60)
    due = timezone.now()
    Job.objects.update(next_due=due, wake_at=due + timedelta(hours=5))
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "save": (f"{LIST}{window.pk}/change/", {**_form(**WEEKLY), "enabled": ""}),
        "delete": (f"{LIST}{window.pk}/delete/", {"post": "yes"}),
        "delete_selected": (
            LIST,
            {"action": "delete_selected", "_selected_action": [window.pk], "post": "yes"},
        ),
    }
    url, form = requests[how]
    form.pop("enabled", None)
    assert boss.post(url, form).status_code == 302
    job.refresh_from_db()
    assert job.wake_at == due
