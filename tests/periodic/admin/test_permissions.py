"""Every URL and every operation of the admin, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, MaintenanceWindow, Page
from tests.periodic.admin.conftest import logged_in, make_run

APP = "smallweb_periodic"
READ = ("changelist", "change", "history")
SEEING = ("view_job", "view_page", "view_jobrun", "view_maintenancewindow")

# The permissions that one of the suite's own views takes; the others are Django's.
OWN_VIEWS = {
    f"{APP}_job_upcoming": ("GET", "view_job"),
    f"{APP}_page_dry_run": ("POST", "dry_run_page"),
}
OPERATIONS = {
    ("job", "run_now"): "run_job",
    ("job", "pause"): "pause_job",
    ("job", "resume"): "pause_job",
    ("job", "skip_next"): "skip_job",
    ("job", "clone"): "clone_job",
    ("job", "retry_failed"): "retry_jobrun",
    ("job", "reset"): "change_job",
    ("page", "pause_jobs"): "pause_job",
    ("page", "resume_jobs"): "pause_job",
    ("page", "reset"): "change_page",
    ("jobrun", "retry"): "retry_jobrun",
    ("jobrun", "cancel"): "cancel_jobrun",
}


@pytest.fixture
def rows(page: Page, job: Job) -> dict[str, Any]:
    job.follow_code({"every": "1h"})
    job.save()
    page.follow_code({"mode": "splice"})
    page.save()
    run = make_run(job, state=State.FAILED, error="broken")
    return {"page": page, "job": job, "jobrun": run, "maintenancewindow": _window()}


def _row(rows: dict[str, Any], model: str, operation: str) -> Any:
    """The row that the operation is for: only what has not ended is cancelled."""
    if operation == "cancel":
        JobRun.objects.filter(pk=rows[model].pk).update(state=State.RUNNING)
    return rows[model]


def _window() -> MaintenanceWindow:
    return MaintenanceWindow.objects.create(name="night", weekdays="Sun", start_time="01:00", duration_s=60)


def _names() -> list[str]:
    return sorted(
        pattern.name
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == APP
        for pattern in model_admin.urls
        if pattern.name
    )


def _url(name: str, rows: dict[str, Any]) -> str:
    model, action = name.removeprefix(f"{APP}_").split("_", 1)
    if action in ("changelist", "add", "upcoming"):
        return reverse(f"admin:{name}")
    if action == "do":
        operation = next(operation for kind, operation in OPERATIONS if kind == model)
        return reverse(f"admin:{name}", args=[rows[model].pk, operation])
    return reverse(f"admin:{name}", args=[rows[model].pk])


def _permission(name: str) -> str:
    model, action = name.removeprefix(f"{APP}_").split("_", 1)
    verb = "view" if action in READ else action
    return f"{verb}_{model}"


DJANGO_VIEWS = [name for name in _names() if name not in OWN_VIEWS and not name.endswith("_do")]


def test_no_view_of_the_admin_is_without_a_rule_here() -> None:
    kinds = {f"{APP}_{model}_do" for model, _operation in OPERATIONS}
    django = {
        f"{APP}_{model}_{action}"
        for model in ("job", "jobrun", "page", "maintenancewindow")
        for action in ("changelist", "add", "history", "delete", "change")
    }
    assert set(_names()) == set(OWN_VIEWS) | kinds | django


def test_no_operation_is_without_a_rule_here() -> None:
    found = {
        (str(model._meta.model_name), operation.name): operation.permission.removeprefix(f"{APP}.")
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == APP
        for operation in getattr(model_admin, "operations", ())
    }
    assert found == OPERATIONS


@pytest.mark.parametrize("name", _names())
def test_visitors_and_plain_users_are_sent_to_the_login(name: str, rows: dict[str, Any]) -> None:
    for client in (Client(), logged_in(User.objects.create_user("plain"))):
        for answer in (client.get(_url(name, rows)), client.post(_url(name, rows))):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", DJANGO_VIEWS)
def test_each_view_takes_its_permission(
    name: str, rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url = _url(name, rows)
    assert staff().get(url).status_code == 403
    if name == f"{APP}_jobrun_add":
        assert boss.get(url).status_code == 403
        return
    if not name.endswith(("changelist", "change", "history")):
        assert staff(*SEEING).get(url).status_code == 403
    deletes_code = name in (f"{APP}_job_delete", f"{APP}_page_delete")
    expected = 403 if deletes_code else 200
    assert staff(_permission(name)).get(url).status_code == expected
    assert boss.get(url).status_code == expected


@pytest.mark.parametrize("model", ["job", "page", "maintenancewindow", "jobrun"])
def test_who_may_only_see_a_row_cannot_save_it(
    model: str, rows: dict[str, Any], staff: Callable[..., Client]
) -> None:
    url = reverse(f"admin:{APP}_{model}_change", args=[rows[model].pk])
    assert staff(*SEEING).post(url, {"name": "other"}).status_code == 403
    assert not LogEntry.objects.exists()


def test_nobody_edits_a_run_by_hand(rows: dict[str, Any], boss: Client) -> None:
    url = reverse(f"admin:{APP}_jobrun_change", args=[rows["jobrun"].pk])
    assert boss.post(url, {"state": "SUCCESSFUL"}).status_code == 403
    assert b"_save" not in boss.get(url).content


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "rule"), OWN_VIEWS.items())
def test_each_own_view_takes_its_permission_and_method(
    name: str, rule: tuple[str, str], rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    (method, permission), url = rule, _url(name, rows)
    wrong_method = "POST" if method == "GET" else "GET"
    assert boss.generic(wrong_method, url).status_code == 405
    assert boss.generic(method, url).status_code == 200
    assert staff().generic(method, url).status_code == 403
    assert staff(*SEEING, permission).generic(method, url).status_code == 200
    if permission not in SEEING:
        assert staff(*SEEING).generic(method, url).status_code == 403
        assert staff(permission).generic(method, url).status_code == 403


@pytest.mark.parametrize(("model", "operation"), OPERATIONS)
def test_the_button_of_an_operation_takes_its_permission(
    model: str, operation: str, rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url = reverse(f"admin:{APP}_{model}_do", args=[_row(rows, model, operation).pk, operation])
    permission = OPERATIONS[model, operation]
    assert staff().post(url).status_code == 403
    assert staff(*SEEING).post(url).status_code == 403
    if not permission.startswith("change_"):  # to change is to see
        assert staff(permission).post(url).status_code == 403
    assert boss.get(url).status_code == 405
    assert not LogEntry.objects.exists()
    for count, client in enumerate([staff(*SEEING, permission), boss], 1):
        assert client.post(url).status_code == 302
        assert LogEntry.objects.count() == count
    entry = LogEntry.objects.first()
    assert entry is not None
    assert entry.object_id == str(rows[model].pk)
    assert entry.content_type is not None
    assert entry.content_type.model == model


@pytest.mark.parametrize(("model", "operation"), OPERATIONS)
def test_the_action_of_an_operation_takes_its_permission(
    model: str, operation: str, rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url = reverse(f"admin:{APP}_{model}_changelist")
    form = {"action": operation, "_selected_action": [_row(rows, model, operation).pk], "index": 0}
    permission = OPERATIONS[model, operation]
    assert staff().post(url, form).status_code == 403
    staff(*SEEING).post(url, form)
    assert not LogEntry.objects.exists()
    for count, client in enumerate([staff(*SEEING, permission), boss], 1):
        assert client.post(url, form).status_code == 302
        assert LogEntry.objects.count() == count


def test_buttons_are_offered_to_those_who_may_press_them(
    rows: dict[str, Any], staff: Callable[..., Client]
) -> None:
    url = reverse(f"admin:{APP}_job_change", args=[rows["job"].pk])
    assert b"/do/" not in staff("view_job").get(url).content
    page = staff("view_job", "run_job").get(url).content
    assert b"/do/run_now/" in page
    assert b"/do/pause/" not in page


def test_posts_without_the_token_are_refused(rows: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    for name in (f"{APP}_page_dry_run", f"{APP}_job_do"):
        assert client.post(_url(name, rows)).status_code == 403
    assert JobRun.objects.count() == 1


def test_an_unknown_operation_or_row_is_not_found(rows: dict[str, Any], boss: Client) -> None:
    assert boss.post(reverse(f"admin:{APP}_job_do", args=[rows["job"].pk, "explode"])).status_code == 404
    assert boss.post(reverse(f"admin:{APP}_job_do", args=[10**6, "pause"])).status_code == 404
    assert boss.post(reverse(f"admin:{APP}_page_dry_run", args=[10**6])).status_code == 404
    url = _url(f"{APP}_page_dry_run", rows)
    for stranger in ("999999", "x"):
        assert boss.post(url, {"job": stranger}).status_code == 404


def test_code_declares_it_so_nobody_deletes_it(rows: dict[str, Any], boss: Client) -> None:
    url = reverse(f"admin:{APP}_job_changelist")
    form = {"action": "delete_selected", "_selected_action": [rows["job"].pk], "post": "yes"}
    boss.post(url, form)
    boss.post(reverse(f"admin:{APP}_job_delete", args=[rows["job"].pk]), {"post": "yes"})
    assert Job.objects.filter(pk=rows["job"].pk).exists()
