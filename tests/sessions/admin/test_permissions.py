"""Every URL and every operation of the admin of sessions, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from smallweb.sessions.models import AppRow, Session
from smallweb.sessions.services.manage_sessions import find_one
from tests.people import logged_in
from tests.sessions.admin.conftest import APP
from tests.sessions.hosted import begin

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "switch_on": "change_approw",
    "switch_off": "change_approw",
    "reset": "change_approw",
    "end_sessions": "end_session",
}
VIEWS = {
    "approw_changelist": "view_approw",
    "approw_change": "view_approw",
    "approw_history": "view_approw",
    "session_changelist": "view_session",
    "session_change": "view_session",
}
CLOSED = ("approw_add", "approw_delete")
DOING = {"session_end": "end_session", "session_tell": "tell_session"}


def _url(name: str, row: AppRow, begins: str = "0") -> str:
    args: list[Any] = []
    if name.startswith("approw_") and not name.endswith(("list", "add")):
        args = [row.pk, "end_sessions"] if name.endswith("do") else [row.pk]
    if name == "session_change":
        args = [begins]
    return reverse(f"admin:{APP}_{name}", args=args)


def _names() -> list[str]:
    return sorted(
        pattern.name.removeprefix(f"{APP}_")
        for model in (AppRow, Session)
        for pattern in admin.site._registry[model].urls
        if pattern.name
    )


def test_no_view_and_no_operation_is_without_a_rule_here() -> None:
    assert set(_names()) == {*VIEWS, *CLOSED, *DOING, "approw_do"}
    operations: Any = admin.site._registry[AppRow]
    assert {each.name: each.permission for each in operations.operations} == {
        name: f"{APP}.{codename}" for name, codename in OPERATIONS.items()
    }


def test_visitors_and_plain_users_are_sent_to_the_login(app_row: AppRow) -> None:
    for client in (Client(), logged_in(User.objects.create_user("plain"))):
        for name in _names():
            for answer in (client.get(_url(name, app_row)), client.post(_url(name, app_row))):
                assert (answer.status_code, name) == (302, name)
                assert answer["Location"].startswith("/admin/login/")
    assert not LogEntry.objects.exists()


def test_each_view_takes_its_permission(app_row: AppRow, staff: Callable[..., Client], boss: Client) -> None:
    begins = begin().short_id
    others = staff("end_session", "tell_session")
    for name, permission in VIEWS.items():
        url = _url(name, app_row, begins)
        for client in (staff(), others):
            assert client.get(url).status_code == 403, name
        for client in (staff(permission), boss):
            assert client.get(url).status_code == 200, name
    for name in CLOSED:
        assert boss.get(_url(name, app_row)).status_code == 403


@pytest.mark.parametrize("name", DOING)
def test_what_is_done_takes_its_permission_beside_that_to_see(
    name: str, app_row: AppRow, staff: Callable[..., Client], boss: Client
) -> None:
    one = begin()
    url, form = _url(name, app_row), {"id": one.short_id, "text": "Hello"}
    other = next(each for each in DOING.values() if each != DOING[name])
    assert boss.get(url).status_code == 405
    for client in (staff(), staff("view_session"), staff(DOING[name]), staff("view_session", other)):
        assert client.post(url, form).status_code == 403
    assert not LogEntry.objects.exists()
    assert not find_one(one.short_id).is_ending
    assert staff("view_session", DOING[name]).post(url, form).status_code == 302
    assert LogEntry.objects.count() == (1 if name == "session_end" else 0)  # nobody was there to be told


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_takes_its_permission(
    name: str, app_row: AppRow, staff: Callable[..., Client], boss: Client
) -> None:
    url = reverse(f"admin:{APP}_approw_do", args=[app_row.pk, name])
    form = {"action": name, "_selected_action": [app_row.pk], "index": 0}
    for client in (staff(), staff("view_approw")):
        assert client.post(url).status_code == 403
        client.post(_url("approw_changelist", app_row), form)
    assert boss.get(url).status_code == 405
    assert not LogEntry.objects.exists()
    assert staff("view_approw", OPERATIONS[name]).post(url).status_code == 302
    assert LogEntry.objects.count() == 1


def test_who_may_only_see_finds_no_buttons(app_row: AppRow, staff: Callable[..., Client]) -> None:
    one, client = begin(), staff("view_session", "view_approw")
    for name in ("session_changelist", "session_change", "approw_change"):
        text = client.get(_url(name, app_row, one.short_id)).content.decode()
        assert 'class="button"' not in text, name
        assert "_save" not in text, name
    assert client.post(_url("approw_change", app_row), {"access": "public"}).status_code == 403


def test_posts_without_the_token_are_refused(app_row: AppRow) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    one = begin()
    for name in _names():
        assert client.post(_url(name, app_row), {"id": one.short_id}).status_code == 403, name
    assert not find_one(one.short_id).is_ending
    assert not LogEntry.objects.exists()
