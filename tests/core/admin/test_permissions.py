"""Every URL and every operation on runs of tasks, and who may use it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from smallweb.core.admin.task_run import TaskRunAdmin
from smallweb.core.models import State, TaskRun
from tests.core.admin.conftest import logged_in, make_run

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_core/taskrun/"
VIEW = "smallweb_core.view_taskrun"
PATHS = {
    "": VIEW,
    "{pk}/change/": VIEW,
    "{pk}/history/": VIEW,
    "{pk}/delete/": "smallweb_core.delete_taskrun",
    "{pk}/again/": "smallweb_core.retry_taskrun",
}
OPERATIONS = {
    "cancel": ("smallweb_core.cancel_taskrun", State.RUNNING),
    "run_again": ("smallweb_core.retry_taskrun", State.FAILED),
}


def test_no_operation_is_without_a_rule_here() -> None:
    operations = admin.site._registry[TaskRun].operations  # type: ignore[attr-defined]
    assert isinstance(admin.site._registry[TaskRun], TaskRunAdmin)
    assert {each.name: each.permission for each in operations} == {
        name: permission for name, (permission, _state) in OPERATIONS.items()
    }


@pytest.mark.parametrize("path", PATHS)
def test_each_page_takes_its_permission(path: str, staff: Callable[..., Client], boss: Client) -> None:
    url = LIST + path.format(pk=make_run(State.FAILED).pk)
    for client in (Client(), logged_in(User.objects.create_user("plain"))):
        assert client.get(url).status_code == client.post(url).status_code == 302
    assert staff().get(url).status_code == 403
    assert staff(VIEW).get(url).status_code == (200 if PATHS[path] == VIEW else 403)
    assert staff(VIEW, PATHS[path]).get(url).status_code == 200
    assert boss.get(url).status_code == 200


def test_nobody_adds_or_writes_a_run_by_hand(boss: Client) -> None:
    run = make_run()
    assert boss.get(f"{LIST}add/").status_code == 403
    assert boss.post(f"{LIST}{run.pk}/change/", {"state": "SUCCESSFUL"}).status_code == 403
    assert b"_save" not in boss.get(f"{LIST}{run.pk}/change/").content


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_button_of_an_operation_takes_its_permission(
    name: str, staff: Callable[..., Client], boss: Client
) -> None:
    permission, state = OPERATIONS[name]
    run = make_run(state)
    url = f"{LIST}{run.pk}/do/{name}/"
    for client in (staff(), staff(VIEW), staff(permission)):
        assert client.post(url).status_code == 403
    assert Client().post(url).status_code == 302
    assert boss.get(url).status_code == 405
    assert not LogEntry.objects.exists()
    assert f"/do/{name}/" not in staff(VIEW).get(f"{LIST}{run.pk}/change/").content.decode()
    assert f"/do/{name}/" in staff(VIEW, permission).get(f"{LIST}{run.pk}/change/").content.decode()
    for count, client in enumerate([staff(VIEW, permission), boss], 1):
        assert client.post(url).status_code == 302
        assert LogEntry.objects.count() == count


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_action_of_an_operation_takes_its_permission(name: str, staff: Callable[..., Client]) -> None:
    permission, state = OPERATIONS[name]
    form = {"action": name, "_selected_action": [make_run(state).pk], "index": 0}
    assert staff().post(LIST, form).status_code == 403
    staff(VIEW).post(LIST, form)
    assert not LogEntry.objects.exists()
    assert staff(VIEW, permission).post(LIST, form).status_code == 302
    assert LogEntry.objects.count() == 1


def test_other_arguments_take_the_permission_to_run_again(staff: Callable[..., Client]) -> None:
    run = make_run(State.FAILED)
    url, form = f"{LIST}{run.pk}/again/", {"arguments": '{"to": "bob"}'}
    for client in (staff(), staff(VIEW), staff("smallweb_core.retry_taskrun")):
        assert client.post(url, form).status_code == 403
    assert "again/" not in staff(VIEW).get(f"{LIST}{run.pk}/change/").content.decode()
    assert TaskRun.objects.count() == 1
    assert staff(VIEW, "smallweb_core.retry_taskrun").post(url, form).status_code == 302
    assert TaskRun.objects.count() == 2


def test_posts_without_the_token_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    run = make_run(State.FAILED)
    for path in ("do/run_again/", "again/"):
        assert client.post(f"{LIST}{run.pk}/{path}", {"arguments": "{}"}).status_code == 403
    assert TaskRun.objects.count() == 1
