"""Every URL and every operation of dispatch's admin, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from smallweb.dispatch.models import Node
from tests.dispatch.admin.conftest import SEEING, logged_in

pytestmark = pytest.mark.django_db
APP = "smallweb_dispatch"
MODELS = ("node", "requestrecord", "ticket")
OPERATIONS = {
    ("node", "switch_on"): "smallweb_dispatch.change_node",
    ("node", "switch_off"): "smallweb_dispatch.change_node",
    ("node", "reset"): "smallweb_dispatch.change_node",
    ("ticket", "cancel"): "smallweb_core.cancel_taskrun",
}
CONSOLE, REACH = f"{APP}_node_console", f"{APP}_node_reach"
# What nobody may, superusers included: code says what there is, and requests are not written by hand.
CLOSED = {f"{APP}_node_add", f"{APP}_node_delete", f"{APP}_requestrecord_add", f"{APP}_ticket_add"}


def _names() -> list[str]:
    return sorted(
        pattern.name
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == APP
        for pattern in model_admin.urls
        if pattern.name
    )


def _url(name: str, rows: dict[str, Any]) -> str:
    model = name.split("_")[2]
    if name.endswith("_do"):
        operation = next(operation for kind, operation in OPERATIONS if kind == model)
        return reverse(f"admin:{name}", args=[rows[model].pk, operation])
    has_row = not name.endswith(("changelist", "add", "reach"))
    return reverse(f"admin:{name}", args=[rows[model].pk] if has_row else [])


def _permission(name: str) -> str:
    model, action = name.split("_")[2:4]
    verb = {"add": "add", "delete": "delete"}.get(action, "view")
    return f"{verb}_{model}"


DJANGO_VIEWS = [
    f"{APP}_{model}_{action}"
    for model in MODELS
    for action in ("changelist", "add", "history", "delete", "change")
]


def test_no_view_is_without_a_rule_here() -> None:
    doing = {f"{APP}_{model}_do" for model, _operation in OPERATIONS}
    assert set(_names()) == {*DJANGO_VIEWS, *doing, CONSOLE, REACH}


def test_no_operation_is_without_a_rule_here() -> None:
    found = {
        (str(model._meta.model_name), operation.name): operation.permission
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


@pytest.mark.parametrize("name", [*DJANGO_VIEWS, REACH])
def test_each_view_takes_its_permission(
    name: str, rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url = _url(name, rows)
    assert staff().get(url).status_code == 403
    if not name.endswith(("changelist", "change", "history", "reach")):
        assert staff(*SEEING).get(url).status_code == 403
    expected = 403 if name in CLOSED else 200
    assert staff(_permission(name)).get(url).status_code == expected
    assert boss.get(url).status_code == expected


@pytest.mark.parametrize("model", MODELS)
def test_who_may_only_see_a_row_cannot_save_it(
    model: str, rows: dict[str, Any], staff: Callable[..., Client]
) -> None:
    url = reverse(f"admin:{APP}_{model}_change", args=[rows[model].pk])
    client = staff(*SEEING)
    assert client.post(url, {"access": "public", "enabled": ""}).status_code == 403
    assert b"_save" not in client.get(url).content
    assert not LogEntry.objects.exists()


def _prepared(rows: dict[str, Any], model: str, operation: str) -> Any:
    row = rows[model]
    if operation == "reset":
        Node.objects.filter(pk=row.pk).update(access="public")
    return row


def _codename(permission: str) -> str:
    return permission.partition(".")[2]


@pytest.mark.parametrize(("model", "operation"), OPERATIONS)
def test_the_button_of_an_operation_takes_its_permission(
    model: str, operation: str, rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url = reverse(f"admin:{APP}_{model}_do", args=[_prepared(rows, model, operation).pk, operation])
    permission = _codename(OPERATIONS[model, operation])
    assert staff().post(url).status_code == 403
    assert staff(*SEEING).post(url).status_code == 403
    assert boss.get(url).status_code == 405
    assert not LogEntry.objects.exists()
    assert staff(*SEEING, permission).post(url).status_code == 302
    assert LogEntry.objects.get().object_id == str(rows[model].pk)


@pytest.mark.parametrize(("model", "operation"), OPERATIONS)
def test_the_action_of_an_operation_takes_its_permission(
    model: str, operation: str, rows: dict[str, Any], staff: Callable[..., Client]
) -> None:
    url = reverse(f"admin:{APP}_{model}_changelist")
    form = {"action": operation, "_selected_action": [_prepared(rows, model, operation).pk], "index": 0}
    assert staff().post(url, form).status_code == 403
    staff(*SEEING).post(url, form)
    assert not LogEntry.objects.exists()
    assert staff(*SEEING, _codename(OPERATIONS[model, operation])).post(url, form).status_code == 302
    assert LogEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_console_takes_its_permission_and_that_to_see(
    rows: dict[str, Any], staff: Callable[..., Client], boss: Client
) -> None:
    url, form = _url(CONSOLE, rows), {"verb": "GET", "arg-a": "1"}
    for client in (staff(), staff(*SEEING), staff("call_node")):
        assert client.get(url).status_code == client.post(url, form).status_code == 403
    assert not LogEntry.objects.exists()
    for count, client in enumerate((staff("view_node", "call_node"), boss), 1):
        assert client.get(url).status_code == client.post(url, form).status_code == 200
        assert LogEntry.objects.count() == count
    assert boss.delete(url).status_code == 405


def test_links_and_buttons_are_for_those_who_may(rows: dict[str, Any], staff: Callable[..., Client]) -> None:
    tree, page = reverse(f"admin:{APP}_node_changelist"), _url(f"{APP}_node_change", rows)
    seeing = staff(*SEEING)
    assert b"/console/" not in seeing.get(tree).content + seeing.get(page).content
    assert b"/do/" not in seeing.get(page).content
    calling = staff(*SEEING, "call_node")
    assert b"/console/" in calling.get(tree).content
    assert b"/console/" in calling.get(page).content
    assert b"/requestrecord/" not in staff("view_node").get(page).content
    assert b"/requestrecord/" in seeing.get(page).content


def test_posts_without_the_token_are_refused(rows: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    for name in (CONSOLE, f"{APP}_node_do", f"{APP}_ticket_do"):
        assert client.post(_url(name, rows), {"verb": "GET", "arg-a": 1}).status_code == 403
    assert not LogEntry.objects.exists()


def test_what_is_not_there_is_not_found(rows: dict[str, Any], boss: Client) -> None:
    assert boss.get(reverse(f"admin:{CONSOLE}", args=[10**6])).status_code == 404
    assert boss.post(_url(CONSOLE, rows), {"verb": "DELETE"}).status_code == 404
    folder = Node.objects.get(name="examples")
    assert boss.get(reverse(f"admin:{CONSOLE}", args=[folder.pk])).status_code == 404
    Node.objects.filter(pk=rows["node"].pk).update(in_code=False)
    assert boss.get(_url(CONSOLE, rows)).status_code == 404


def test_only_what_has_left_the_code_can_be_deleted(rows: dict[str, Any], boss: Client) -> None:
    url = reverse(f"admin:{APP}_node_delete", args=[rows["node"].pk])
    assert boss.post(url, {"post": "yes"}).status_code == 403
    Node.objects.update(in_code=False)
    assert boss.post(url, {"post": "yes"}).status_code == 302
    assert not Node.objects.filter(pk=rows["node"].pk).exists()
